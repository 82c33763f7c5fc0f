using Gateway.Model;

namespace Gateway.Tokens.TokenEndpoint;

/// <summary>An authorization code on its way to the token endpoint (RFC 6749 section 4.1.3).</summary>
/// <param name="Code">From the callback; good for one call.</param>
/// <param name="RedirectUri">Byte for byte what the authorization request said.</param>
/// <param name="Verifier">PKCE's (RFC 7636 section 4.5); empty without PKCE.</param>
internal sealed record CodeRedemption(Secret Code, string RedirectUri, Secret Verifier);
