using System.Diagnostics.CodeAnalysis;

using Gateway.Model;

namespace Gateway.Onboarding.Callback;

/// <summary>What a browser brings back from a provider (RFC 6749 section 4.1.2, RFC 9207), or from one that hands out keys. All of it is an outsider's word.</summary>
internal sealed class CallbackAnswer
{
    public string? State { get; private init; }

    /// <summary>The code, or the key.</summary>
    public Secret Grant { get; private init; }

    /// <summary>The word of a refusal; null when there is none.</summary>
    public string? Error { get; private init; }

    public string? Issuer { get; private init; }

    /// <summary>The owner said no to a provider that sends no state with it (Bookeo's <c>success=false</c>).</summary>
    public bool IsDeclinedWithoutState { get; private init; }

    /// <returns>False when a parameter is there more than once (RFC 6749 section 3.1). Unknown ones are nobody's business.</returns>
    public static bool TryRead(IQueryCollection query, Provider provider, [NotNullWhen(true)] out CallbackAnswer? answer)
    {
        answer = null;
        var key = provider.Onboarding.Key;
        string[] names = key is null ? ["state", "code", "error", "iss"] : ["state", "success", key.KeyParameter];
        if (names.Any(name => query[name].Count > 1))
        {
            return false;
        }

        answer = key is null ? ReadCode(query) : ReadKey(query, key);
        return true;
    }

    private static CallbackAnswer ReadCode(IQueryCollection query) => new()
    {
        State = query["state"],
        Grant = new Secret(query["code"]),
        Error = query.ContainsKey("error") ? query["error"].ToString() : null,
        Issuer = query.ContainsKey("iss") ? query["iss"].ToString() : null,
    };

    private static CallbackAnswer ReadKey(IQueryCollection query, KeyOnboarding key) => new()
    {
        State = query["state"],
        Grant = new Secret(query[key.KeyParameter]),
        Error = query["success"] == "true" ? null : "access_denied",
        IsDeclinedWithoutState = query["success"] == "false" && !query.ContainsKey("state"),
    };
}
