using System.Diagnostics;
using System.Globalization;

using Gateway.Credentials;

namespace Gateway.Admin;

/// <summary>A refusal of the operators' API (RFC 9457), in the shape that the proxied routes use too.</summary>
internal sealed class AdminProblem(int status, string code, string title, string detail) : IResult
{
    public const string ContentType = "application/problem+json";
    private const string CodeHeader = "Gateway-Error";

    public ConnectionId? Connection { get; init; }

    public TimeSpan? RetryAfter { get; init; }

    public static AdminProblem BadRequest(string detail) => new(StatusCodes.Status400BadRequest, "bad_request", "The request can't be read", detail);

    public static AdminProblem TooLarge(int limit) =>
        new(StatusCodes.Status413PayloadTooLarge, "body_too_large", "The body is too large", $"At most {limit} bytes are taken.");

    public static AdminProblem Unauthorized() =>
        new(StatusCodes.Status401Unauthorized, "unauthorized", "The admin key is needed", "Send the header Authorization: Bearer with the value of Admin:Key.");

    public static AdminProblem InvalidName() =>
        new(StatusCodes.Status400BadRequest, "invalid_connection", "Not a connection's name", "A name has 1 to 128 characters of A-Z a-z 0-9 . _ -");

    public static AdminProblem UnknownProvider() =>
        new(StatusCodes.Status404NotFound, "provider_not_found", "No such provider", "The configuration in force has no provider of that name; GET /providers lists them.");

    public static AdminProblem UnknownConnection(ConnectionId id) =>
        new(StatusCodes.Status404NotFound, "connection_not_found", "No such connection", "Nothing is stored under that name.") { Connection = id };

    public static AdminProblem NotRenewable(ConnectionId id) =>
        new(StatusCodes.Status422UnprocessableEntity, "not_renewable", "Nothing to refresh", "The provider's credential is a secret that only its owner can replace.") { Connection = id };

    public static AdminProblem NotVerifiable(ConnectionId id) =>
        new(StatusCodes.Status422UnprocessableEntity, "not_verifiable", "Nothing to verify with", "The provider has no Verify:Path in its configuration.") { Connection = id };

    public static AdminProblem Conflict(ConnectionId id) =>
        new(StatusCodes.Status409Conflict, "conflict", "The connection keeps changing", "Other writers were faster each time; nothing was written.") { Connection = id };

    public static AdminProblem StoreAway() =>
        From(new CredentialFailure(GatewayError.CredentialUnavailable, "The store does not answer.", TimeSpan.FromSeconds(5)), null);

    /// <summary>The answer to a failure that the broker or the third party reported.</summary>
    public static AdminProblem From(CredentialFailure failure, ConnectionId? id)
    {
        var (status, title) = failure.Error switch
        {
            GatewayError.InvalidConnection => (StatusCodes.Status400BadRequest, "Not a connection's name"),
            GatewayError.ConnectionNotFound => (StatusCodes.Status404NotFound, "No such connection"),
            GatewayError.ReauthorizationRequired => (StatusCodes.Status424FailedDependency, "The grant is dead"),
            GatewayError.ScopeNotGranted => (StatusCodes.Status403Forbidden, "A scope was not granted"),
            GatewayError.CredentialUnavailable => (StatusCodes.Status503ServiceUnavailable, "No credential for now"),
            GatewayError.UpstreamTimeout => (StatusCodes.Status504GatewayTimeout, "The third party took too long"),
            GatewayError.UpstreamUnreachable => (StatusCodes.Status502BadGateway, "The third party could not be reached"),
            _ => (StatusCodes.Status502BadGateway, "The provider refused the gateway itself"),
        };
        return new AdminProblem(status, failure.Error.ToCode(), title, failure.Detail) { Connection = id, RetryAfter = failure.RetryAfter };
    }

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = status;
        response.Headers[CodeHeader] = code;
        if (RetryAfter is { } wait)
        {
            response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        var body = new ProblemBody
        {
            Type = $"urn:gateway:problem:{code}",
            Title = title,
            Status = status,
            Detail = detail,
            Code = code,
            Provider = Connection?.Provider,
            Connection = Connection?.Name,
            TraceId = Activity.Current?.TraceId.ToHexString() ?? httpContext.TraceIdentifier,
        };
        return response.WriteAsJsonAsync(body, AdminJson.Default.ProblemBody, ContentType, httpContext.RequestAborted);
    }
}
