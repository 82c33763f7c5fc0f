namespace Gateway.Demo.Providers;

/// <summary>An issued access token.</summary>
internal sealed record AccessToken(string Value, SimulatedGrant Grant, DateTimeOffset ExpiresAt, IReadOnlySet<string> Scopes);
