using System.Diagnostics.CodeAnalysis;

using Gateway.Model;
using Gateway.Onboarding.Consent;

namespace Gateway.Onboarding.Callback;

/// <summary>The query of a callback (RFC 6749 section 4.1.2, RFC 9207), or that of a provider that hands out keys. Untrusted.</summary>
internal sealed class CallbackAnswer
{
    public string? State { get; private init; }

    /// <summary>The code, or the key.</summary>
    public Secret Grant { get; private init; }

    /// <summary>The error code of a refusal; null when there is none.</summary>
    public string? Error { get; private init; }

    public string? Issuer { get; private init; }

    /// <summary>True when the owner declined at a provider that sends no state then (Bookeo's <c>success=false</c>).</summary>
    public bool IsDeclinedWithoutState { get; private init; }

    /// <summary>Unknown parameters are ignored.</summary>
    /// <returns>False when a parameter is repeated (RFC 6749 section 3.1).</returns>
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

/// <summary>Checks a callback against the start that it claims to answer. Nothing is sent before every check has passed.</summary>
internal sealed class CallbackGate(PendingConsents consents, BrowserBinding binding)
{
    /// <returns>The consent, once known to be this browser's; and why it is refused, null when it passes.</returns>
    public async Task<(PendingConsent? Consent, Refusal? Refusal)> AdmitAsync(HttpContext context, Provider provider, CallbackAnswer answer)
    {
        if (answer.IsDeclinedWithoutState)
        {
            return (null, Refusal.Declined);
        }

        // Taken before any check: a state can be presented once, even if it is refused.
        if (await consents.TakeAsync(answer.State) is not { } consent)
        {
            return (null, Refusal.StateGone);
        }

        return binding.Holds(context, answer.State!, consent.CookieHash)
            ? (consent, Check(provider, consent, answer))
            : (null, Refusal.OtherBrowser);
    }

    private static Refusal? Check(Provider provider, PendingConsent consent, CallbackAnswer answer)
    {
        if (consent.Provider != provider.Name || IsOtherIssuer(consent, answer))
        {
            return Refusal.MixedUp;
        }

        return answer.Error is { } error ? ToRefusal(error)
            : answer.Grant.IsEmpty ? Refusal.Malformed
            : null;
    }

    // RFC 9207 section 2.4: simple string comparison, for errors too; may be missing only if the metadata do not promise it.
    private static bool IsOtherIssuer(PendingConsent consent, CallbackAnswer answer) =>
        consent.Issuer is not null
        && (answer.Issuer is null ? consent.SendsIssuer : !string.Equals(answer.Issuer, consent.Issuer, StringComparison.Ordinal));

    // RFC 6749 section 4.1.2.1, and the additions of OpenID Connect; any other code is malformed.
    private static Refusal ToRefusal(string error) => error switch
    {
        "access_denied" or "consent_required" or "interaction_required" or "login_required"
            or "account_selection_required" => Refusal.Declined,
        "server_error" or "temporarily_unavailable" => Refusal.ProviderAway,
        "invalid_request" or "unauthorized_client" or "unsupported_response_type" or "invalid_scope" => Refusal.ProviderRefused,
        _ => Refusal.Malformed,
    };
}
