using System.Globalization;

using Gateway.Model;

namespace Gateway.Observability;

/// <summary>A refusal of the operators' API (RFC 9457), in the same shape as on proxied routes (<see cref="ProblemBody"/>).</summary>
internal sealed class ProblemResult(int status, string code, string title, string detail) : IResult
{
    public ConnectionId? Connection { get; init; }

    public TimeSpan? RetryAfter { get; init; }

    public static ProblemResult InvalidName() =>
        From(GatewayError.InvalidConnection, "A name has 1 to 128 characters of A-Z a-z 0-9 . _ -");

    public static ProblemResult UnknownProvider() => new(
        StatusCodes.Status404NotFound, "provider_not_found", "No such provider",
        "The configuration in force has no provider of that name; GET /providers lists them.");

    public static ProblemResult From(GatewayError error, string detail, ConnectionId? id = null, TimeSpan? retryAfter = null)
    {
        var (status, title) = error.Describe();
        return new(status, error.ToCode(), title, detail) { Connection = id, RetryAfter = retryAfter };
    }

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = status;
        response.Headers[ProblemBody.CodeHeader] = code;
        if (RetryAfter is { } wait)
        {
            response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        var body = new ProblemBody(
            ProblemBody.TypeOf(code), title, status, detail, code, Connection?.Provider, Connection?.Name, RequestTrace.IdOf(httpContext));
        return response.WriteAsJsonAsync(body, ProblemJson.Default.ProblemBody, ProblemBody.ContentType, httpContext.RequestAborted);
    }
}
