using System.Globalization;

using Gateway.Model;
using Gateway.Observability;

namespace Gateway.Admin;

/// <summary>A refusal of the operators' API (RFC 9457), in the same shape as on proxied routes (<see cref="ProblemBody"/>).</summary>
internal sealed class AdminProblem(int status, string code, string title, string detail) : IResult
{
    public ConnectionId? Connection { get; init; }

    public TimeSpan? RetryAfter { get; init; }

    public static AdminProblem BadRequest(string detail) => From(new(GatewayError.BadRequest, detail), null);

    public static AdminProblem TooLarge(int limit) =>
        new(StatusCodes.Status413PayloadTooLarge, "body_too_large", "The body is too large", $"At most {limit} bytes are taken.");

    public static AdminProblem Unauthorized() => new(
        StatusCodes.Status401Unauthorized, "unauthorized", "The admin key is needed",
        "Send the header Authorization: Bearer with the value of Admin:Key.");

    public static AdminProblem InvalidName() =>
        From(new(GatewayError.InvalidConnection, "A name has 1 to 128 characters of A-Z a-z 0-9 . _ -"), null);

    public static AdminProblem UnknownPath() => From(new(GatewayError.RouteNotFound, "Nothing is served at this path."), null);

    public static AdminProblem WrongMethod() =>
        From(new(GatewayError.MethodNotAllowed, "This path takes other methods; the header Allow lists them."), null);

    public static AdminProblem UnknownProvider() => new(
        StatusCodes.Status404NotFound, "provider_not_found", "No such provider",
        "The configuration in force has no provider of that name; GET /providers lists them.");

    public static AdminProblem UnknownConnection(ConnectionId id) =>
        From(new(GatewayError.ConnectionNotFound, "Nothing is stored under that name."), id);

    public static AdminProblem NotRenewable(ConnectionId id) => new(
        StatusCodes.Status422UnprocessableEntity, "not_renewable", "Nothing to refresh",
        "The provider's credential is a secret that only its owner can replace.")
    { Connection = id };

    public static AdminProblem NotVerifiable(ConnectionId id) => new(
        StatusCodes.Status422UnprocessableEntity, "not_verifiable", "Nothing to verify with",
        "The provider has no Verify:Path in its configuration, or the path wants a field that the connection lacks.")
    { Connection = id };

    public static AdminProblem Conflict(ConnectionId id) => new(
        StatusCodes.Status409Conflict, "conflict", "The connection keeps changing",
        "Other writers changed it at each attempt; nothing was written.")
    { Connection = id };

    /// <summary>The store does not answer, or what is stored can't be opened.</summary>
    public static AdminProblem From(StoreUnavailableException exception)
    {
        var detail = exception.IsUnreadable
            ? "The stored connection can't be opened: its key is missing from Store:EncryptionKeys (see GET /store/keys), "
                + "or the record was changed in the store."
            : "The store does not answer.";
        return From(new(GatewayError.CredentialUnavailable, detail, TimeSpan.FromSeconds(5)), null);
    }

    /// <summary>A failure that the broker or the third party reported.</summary>
    public static AdminProblem From(CredentialFailure failure, ConnectionId? id)
    {
        var (status, title) = failure.Error.Describe();
        return new AdminProblem(status, failure.Error.ToCode(), title, failure.Detail)
        {
            Connection = id,
            RetryAfter = failure.Error == GatewayError.CredentialUnavailable ? failure.RetryAfter ?? TimeSpan.FromSeconds(1) : null,
        };
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
            ProblemBody.TypeOf(code), title, status, detail, code, Connection?.Provider, Connection?.Name,
            RequestTrace.IdOf(httpContext));
        return response.WriteAsJsonAsync(body, ProblemJson.Default.ProblemBody, ProblemBody.ContentType, httpContext.RequestAborted);
    }
}
