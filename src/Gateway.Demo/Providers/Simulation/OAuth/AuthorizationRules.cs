using System.Text.Json.Nodes;

namespace Gateway.Demo.Providers;

/// <summary>The properties of one provider's authorization server. They do not change while it runs.</summary>
internal sealed record AuthorizationRules
{
    public required TokenShape Tokens { get; init; }

    public required ClientAuthentication ClientAuthentication { get; init; }

    public required IReadOnlySet<string> GrantTypes { get; init; }

    /// <summary>All scopes that the provider knows.</summary>
    public required IReadOnlySet<string> Scopes { get; init; }

    public bool IsStateRequired { get; init; }

    /// <summary>Whether an authorization request without an S256 challenge is refused (RFC 7636).</summary>
    public bool IsPkceRequired { get; init; }

    /// <summary>Whether the token endpoint accepts a JSON body in addition to a form.</summary>
    public bool AcceptsJson { get; init; }

    /// <summary>The scope that a refresh token requires; null if refresh tokens are always issued.</summary>
    public string? OfflineScope { get; init; }

    /// <summary>The <c>iss</c> parameter of the callback (RFC 9207); null omits it.</summary>
    public Func<string?> Issuer { get; init; } = () => null;

    /// <summary>The account that a request names (by host or parameter); null if the owner chooses it.</summary>
    public Func<HttpContext, string?> AccountOf { get; init; } = _ => null;

    /// <summary>Adds the fields that only this provider has to a token answer.</summary>
    public Action<JsonObject, IssuedTokens> Describe { get; init; } = (_, _) => { };
}

/// <summary>The methods of client authentication at the token endpoint (RFC 6749 section 2.3.1).</summary>
[Flags]
internal enum ClientAuthentication
{
    None = 0,

    /// <summary>HTTP Basic, both parts form-encoded.</summary>
    Basic = 1,

    /// <summary><c>client_id</c> and <c>client_secret</c> in the body.</summary>
    Body = 2,
}

/// <summary>Sets of scopes and their space-separated form (RFC 6749 section 3.3).</summary>
internal static class Scope
{
    public static IReadOnlySet<string> Parse(string? text) =>
        (text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.Ordinal);

    public static string Format(IReadOnlySet<string> scopes) => string.Join(' ', scopes.Order(StringComparer.Ordinal));

    public static IReadOnlySet<string> Of(params string[] scopes) => scopes.ToHashSet(StringComparer.Ordinal);
}
