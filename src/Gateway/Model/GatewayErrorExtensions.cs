namespace Gateway.Model;

/// <summary>The one table from cause to answer, for proxied routes and the operators' API alike.</summary>
public static class GatewayErrorExtensions
{
    /// <summary>The word for an error, as in <c>Gateway-Error</c>, the problem's <c>code</c> and the metric's label.</summary>
    public static string ToCode(this GatewayError error) => error switch
    {
        GatewayError.RouteNotFound => "route_not_found",
        GatewayError.BadRequest or GatewayError.ExpectationFailed => "bad_request",
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

    /// <summary>HTTP status and title. No 401 for the gateway's own trouble: the caller has no credentials to improve.</summary>
    public static (int Status, string Title) Describe(this GatewayError error) => error switch
    {
        GatewayError.RouteNotFound => (404, "No route matches"),
        GatewayError.BadRequest => (400, "Request refused"),
        GatewayError.ExpectationFailed => (417, "Expectation failed"),
        GatewayError.MethodNotAllowed => (405, "Method not allowed"),
        GatewayError.InvalidConnection => (400, "Invalid connection name"),
        GatewayError.ConnectionNotFound => (404, "Connection not found"),
        GatewayError.ReauthorizationRequired => (424, "Connection must be authorized again"),
        GatewayError.ScopeNotGranted => (403, "Scope not granted"),
        GatewayError.CredentialUnavailable => (503, "No usable credential for now"),
        GatewayError.ProviderMisconfigured => (502, "Provider misconfigured"),
        GatewayError.UpstreamTimeout => (504, "Third party too slow"),
        _ => (502, "Third party unreachable"),
    };
}
