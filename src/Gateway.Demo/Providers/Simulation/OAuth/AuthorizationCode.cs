namespace Gateway.Demo.Providers;

/// <summary>An authorization code that was issued and not yet redeemed.</summary>
/// <param name="Grant">The approved grant.</param>
/// <param name="RedirectUri">The redirect URI of the authorization request; the token request must repeat it.</param>
/// <param name="Challenge">PKCE challenge, method S256; null if the request had none.</param>
/// <param name="ExpiresAt">End of the code's lifetime.</param>
internal sealed record AuthorizationCode(SimulatedGrant Grant, string RedirectUri, string? Challenge, DateTimeOffset ExpiresAt);
