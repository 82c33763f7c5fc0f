using System.ComponentModel;
using System.Text.Json.Serialization;
using System.Text.Json;

namespace Gateway.Model;

/// <summary>Why the gateway answers itself, in the order of the checks; the code is the name in snake case.</summary>
public enum GatewayError
{
    /// <summary>No route matches.</summary>
    RouteNotFound,

    /// <summary>The target, a header or the framing was refused before a credential was fetched.</summary>
    BadRequest,

    /// <summary>The caller expects something other than <c>100-continue</c>: status 417, the code of <see cref="BadRequest"/>.</summary>
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

    /// <summary>The token endpoint or the store is unavailable and there is no usable token.</summary>
    CredentialUnavailable,

    /// <summary>The provider refused the gateway's own client credentials.</summary>
    ProviderMisconfigured,

    /// <summary>The third party could not be reached, or its answer was malformed.</summary>
    UpstreamUnreachable,

    /// <summary>The third party took too long.</summary>
    UpstreamTimeout,
}

/// <summary>The only mapping from reason to code, status and title, for proxied routes and the admin API.</summary>
public static class GatewayErrorExtensions
{
    /// <summary>The value of <c>Gateway-Error</c>, of the problem's <c>code</c> and of the metric's label.</summary>
    public static string ToCode(this GatewayError error) =>
        (error == GatewayError.ExpectationFailed ? GatewayError.BadRequest : error).ToTagValue();

    /// <summary>HTTP status and title. Never 401: the caller has no credentials that it could correct.</summary>
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

/// <summary>The body of an answer that the gateway makes itself (RFC 9457). Every member is written; unknown ones are null.</summary>
[Description("A refusal (RFC 9457). The code is stable, title and detail are for people.")]
internal sealed record ProblemBody(
    string Type, string Title, int Status, string Detail, string Code, string? Provider, string? Connection, string? TraceId)
{
    public const string ContentType = "application/problem+json";

    /// <summary>The response header that carries the code.</summary>
    public const string CodeHeader = "Gateway-Error";

    public static string TypeOf(string code) => $"urn:gateway:problem:{code}";
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(ProblemBody))]
internal sealed partial class ProblemJson : JsonSerializerContext;
