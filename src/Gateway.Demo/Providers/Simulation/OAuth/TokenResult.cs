using System.Text.Json.Nodes;

namespace Gateway.Demo.Providers;

/// <summary>The result of a token request: either tokens or an error.</summary>
internal readonly record struct TokenResult(IssuedTokens? Tokens, OAuthError? Error)
{
    public static implicit operator TokenResult(IssuedTokens tokens) => new(tokens, null);

    public static implicit operator TokenResult(OAuthError error) => new(null, error);
}

/// <summary>The tokens of one answer of the token endpoint.</summary>
/// <param name="Grant">The grant to which they belong.</param>
/// <param name="AccessToken">Bearer token.</param>
/// <param name="RefreshToken">Null if the grant has none or keeps the present one.</param>
/// <param name="Lifetime">Lifetime of the access token.</param>
/// <param name="Scopes">Scopes of the access token: those of the grant, or the subset that the client asked for.</param>
internal sealed record IssuedTokens(
    SimulatedGrant Grant, string AccessToken, string? RefreshToken, TimeSpan Lifetime, IReadOnlySet<string> Scopes);

/// <summary>An error answer of a token endpoint (RFC 6749 section 5.2).</summary>
internal sealed record OAuthError(string Error, string Description, int Status = 400)
{
    public static OAuthError InvalidClient(string description) => new("invalid_client", description, 401);

    public static OAuthError InvalidGrant(string description) => new("invalid_grant", description);

    public static OAuthError InvalidRequest(string description) => new("invalid_request", description);

    public static OAuthError InvalidScope(string description) => new("invalid_scope", description);

    public JsonObject ToJson() => new() { ["error"] = Error, ["error_description"] = Description };
}
