using System.Text.Json.Nodes;

namespace Gateway.Demo.Providers;

/// <summary>How one provider's authorization server differs from the others. Fixed while it runs.</summary>
internal sealed record AuthorizationRules
{
    public required TokenShape Tokens { get; init; }

    public required ClientAuthentication ClientAuthentication { get; init; }

    public required IReadOnlySet<string> GrantTypes { get; init; }

    /// <summary>Everything that may be asked for.</summary>
    public required IReadOnlySet<string> Scopes { get; init; }

    public bool IsStateRequired { get; init; }

    /// <summary>Whether an authorization request without an S256 challenge is refused (RFC 7636).</summary>
    public bool IsPkceRequired { get; init; }

    /// <summary>Whether the token endpoint takes a JSON body as well as a form.</summary>
    public bool AcceptsJson { get; init; }

    /// <summary>The scope without which there is no refresh token; null: there always is one.</summary>
    public string? OfflineScope { get; init; }

    /// <summary>The <c>iss</c> parameter of the callback (RFC 9207); null leaves it out.</summary>
    public Func<string?> Issuer { get; init; } = () => null;

    /// <summary>The account that a request names by itself (its host, a parameter); null when the owner chooses.</summary>
    public Func<HttpContext, string?> AccountOf { get; init; } = _ => null;

    /// <summary>Adds the provider's own fields to a token answer.</summary>
    public Action<JsonObject, IssuedTokens> Describe { get; init; } = (_, _) => { };
}
