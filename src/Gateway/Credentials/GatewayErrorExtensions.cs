namespace Gateway.Credentials;

/// <summary>The word for an error, as in <c>Gateway-Error</c>, the problem's <c>code</c> and the metric's label.</summary>
public static class GatewayErrorExtensions
{
    public static string ToCode(this GatewayError error) => error switch
    {
        GatewayError.RouteNotFound => "route_not_found",
        GatewayError.BadRequest => "bad_request",
        GatewayError.MethodNotAllowed => "method_not_allowed",
        GatewayError.InvalidConnection => "invalid_connection",
        GatewayError.ConnectionNotFound => "connection_not_found",
        GatewayError.ReauthorizationRequired => "reauthorization_required",
        GatewayError.ScopeNotGranted => "scope_not_granted",
        GatewayError.CredentialUnavailable => "credential_unavailable",
        GatewayError.ProviderMisconfigured => "provider_misconfigured",
        GatewayError.UpstreamTimeout => "upstream_timeout",
        _ => "upstream_unreachable",
    };
}
