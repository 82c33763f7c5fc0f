namespace Gateway.Model;

/// <summary>How a provider lets a caller in.</summary>
public enum ProviderKind
{
    /// <summary>A token endpoint turns a grant into tokens (RFC 6749).</summary>
    OAuth2,

    /// <summary>An integration token, API token or key pair goes on the wire as it is: nothing to refresh.</summary>
    Secret,
}
