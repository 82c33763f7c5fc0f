namespace Gateway.Model;

/// <summary>The OAuth 2 grants that the gateway speaks.</summary>
public enum OAuthGrant
{
    /// <summary>An owner consented in a browser; a refresh token is kept (RFC 6749 section 4.1 and 6).</summary>
    AuthorizationCode,

    /// <summary>The application itself is the owner; nothing is kept, a new token is asked for (RFC 6749 section 4.4).</summary>
    ClientCredentials,
}
