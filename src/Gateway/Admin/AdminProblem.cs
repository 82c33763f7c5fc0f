using Gateway.Model;
using Gateway.Observability;

namespace Gateway.Admin;

/// <summary>Why a call of the operators' API was refused.</summary>
internal static class AdminProblem
{
    public static ProblemResult BadRequest(string detail) => ProblemResult.From(GatewayError.BadRequest, detail);

    public static ProblemResult TooLarge(int limit) =>
        new(StatusCodes.Status413PayloadTooLarge, "body_too_large", "The body is too large", $"At most {limit} bytes are taken.");

    public static ProblemResult Unauthorized() => new(
        StatusCodes.Status401Unauthorized, "unauthorized", "The admin key is needed",
        "Send the header Authorization: Bearer with the value of Admin:Key.");

    public static ProblemResult UnknownPath() => ProblemResult.From(GatewayError.RouteNotFound, "Nothing is served at this path.");

    public static ProblemResult WrongMethod() =>
        ProblemResult.From(GatewayError.MethodNotAllowed, "This path takes other methods; the header Allow lists them.");

    public static ProblemResult UnknownConnection(ConnectionId id) =>
        ProblemResult.From(GatewayError.ConnectionNotFound, "Nothing is stored under that name.", id);

    public static ProblemResult NotRenewable(ConnectionId id) => new(
        StatusCodes.Status422UnprocessableEntity, "not_renewable", "Nothing to refresh",
        "The provider's credential is a secret that only its owner can replace.")
    { Connection = id };

    public static ProblemResult NotVerifiable(ConnectionId id) => new(
        StatusCodes.Status422UnprocessableEntity, "not_verifiable", "Nothing to verify with",
        "The provider has no Verify:Path in its configuration, or the path wants a field that the connection lacks.")
    { Connection = id };

    public static ProblemResult Conflict(ConnectionId id) => new(
        StatusCodes.Status409Conflict, "conflict", "The connection keeps changing",
        "Other writers changed it at each attempt; nothing was written.")
    { Connection = id };

    /// <summary>The store does not answer, or what is stored can't be opened.</summary>
    public static ProblemResult From(StoreUnavailableException exception)
    {
        var detail = exception.IsUnreadable
            ? "The stored connection can't be opened: its key is missing from Store:EncryptionKeys (see GET /store/keys), "
                + "or the record was changed in the store."
            : "The store does not answer.";
        return ProblemResult.From(GatewayError.CredentialUnavailable, detail, retryAfter: TimeSpan.FromSeconds(5));
    }

    /// <summary>A failure that the broker or the third party reported.</summary>
    public static ProblemResult From(CredentialFailure failure, ConnectionId? id) => ProblemResult.From(
        failure.Error, failure.Detail, id,
        failure.Error == GatewayError.CredentialUnavailable ? failure.RetryAfter ?? TimeSpan.FromSeconds(1) : null);
}
