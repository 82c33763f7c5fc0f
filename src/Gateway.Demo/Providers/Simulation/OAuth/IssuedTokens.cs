namespace Gateway.Demo.Providers;

/// <summary>One answer's worth of tokens.</summary>
/// <param name="Grant">What they came of.</param>
/// <param name="AccessToken">Bearer token.</param>
/// <param name="RefreshToken">Null when the grant has none or keeps its old one.</param>
/// <param name="Lifetime">Of the access token.</param>
/// <param name="Scopes">Of the access token: those of the grant, or fewer when the client asked for fewer.</param>
internal sealed record IssuedTokens(
    SimulatedGrant Grant, string AccessToken, string? RefreshToken, TimeSpan Lifetime, IReadOnlySet<string> Scopes);
