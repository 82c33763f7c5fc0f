namespace Gateway.Demo.Providers;

/// <param name="Grant">What was approved.</param>
/// <param name="RedirectUri">Where the code went; must be repeated at the token endpoint.</param>
/// <param name="Challenge">PKCE challenge, S256; null when the request had none.</param>
/// <param name="ExpiresAt">When it is too late.</param>
internal sealed record AuthorizationCode(SimulatedGrant Grant, string RedirectUri, string? Challenge, DateTimeOffset ExpiresAt);
