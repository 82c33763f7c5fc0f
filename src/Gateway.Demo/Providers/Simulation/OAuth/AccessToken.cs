namespace Gateway.Demo.Providers;

/// <summary>An access token as the API sees it.</summary>
internal sealed record AccessToken(string Value, SimulatedGrant Grant, DateTimeOffset ExpiresAt, IReadOnlySet<string> Scopes);
