namespace Gateway.Tokens.TokenEndpoint;

/// <summary>What an authorization server says of itself (RFC 8414 section 2), checked.</summary>
/// <param name="Issuer">Identical to what the document's address stands for (section 3.3).</param>
/// <param name="AuthorizationEndpoint">Null when there is none.</param>
/// <param name="TokenEndpoint">Null when there is none.</param>
/// <param name="RevocationEndpoint">Null when there is none.</param>
/// <param name="SendsIssuer">Every callback names the issuer (RFC 9207 section 3).</param>
internal sealed record ServerMetadata(
    string Issuer, Uri? AuthorizationEndpoint, Uri? TokenEndpoint, Uri? RevocationEndpoint, bool SendsIssuer);
