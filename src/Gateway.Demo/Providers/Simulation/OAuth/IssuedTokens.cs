namespace Gateway.Demo.Providers;

/// <summary>The tokens of one answer of the token endpoint.</summary>
/// <param name="Grant">The grant to which they belong.</param>
/// <param name="AccessToken">Bearer token.</param>
/// <param name="RefreshToken">Null if the grant has none or keeps the present one.</param>
/// <param name="Lifetime">Lifetime of the access token.</param>
/// <param name="Scopes">Scopes of the access token: those of the grant, or the subset that the client asked for.</param>
internal sealed record IssuedTokens(
    SimulatedGrant Grant, string AccessToken, string? RefreshToken, TimeSpan Lifetime, IReadOnlySet<string> Scopes);
