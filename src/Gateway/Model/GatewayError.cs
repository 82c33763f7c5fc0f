namespace Gateway.Model;

/// <summary>Why the gateway itself answered, in the order of a request's way. Codes and statuses are in <see cref="GatewayErrorExtensions"/> alone.</summary>
public enum GatewayError
{
    /// <summary>No route matches.</summary>
    RouteNotFound,

    /// <summary>The target, a header or the framing was refused before a credential was fetched.</summary>
    BadRequest,

    /// <summary>The caller expects something other than <c>100-continue</c>; told by its status, otherwise as <see cref="BadRequest"/>.</summary>
    ExpectationFailed,

    /// <summary>The provider does not take this method, or no upgrade.</summary>
    MethodNotAllowed,

    /// <summary>The connection's name is malformed, or the route's selector found none.</summary>
    InvalidConnection,

    /// <summary>Nothing is stored under that name.</summary>
    ConnectionNotFound,

    /// <summary>The grant is dead; an operator must connect again.</summary>
    ReauthorizationRequired,

    /// <summary>The route's scope is not among the granted.</summary>
    ScopeNotGranted,

    /// <summary>Token endpoint or store out of reach and no usable token at hand.</summary>
    CredentialUnavailable,

    /// <summary>The provider refused the gateway's own client credentials.</summary>
    ProviderMisconfigured,

    /// <summary>The third party could not be reached, or its answer made no sense.</summary>
    UpstreamUnreachable,

    /// <summary>The third party took too long.</summary>
    UpstreamTimeout,
}
