using Gateway.Model;
using Gateway.Observability;

namespace Gateway.Onboarding.Links;

/// <summary>Why there is no link, for the operator who asked (RFC 9457).</summary>
internal sealed class LinkProblem(int status, string code, string title, string detail) : IResult
{
    public static LinkProblem From(GatewayError error, string detail) => new(error.Describe().Status, error.ToCode(), error.Describe().Title, detail);

    public static LinkProblem UnknownProvider() => new(
        StatusCodes.Status404NotFound, "provider_not_found", "No such provider",
        "The configuration in force has no provider of that name; GET /providers lists them.");

    public static LinkProblem NotConnectable() => new(
        StatusCodes.Status422UnprocessableEntity, "not_connectable", "Nothing to authorise in a browser",
        "The provider has neither an AuthorizationEndpoint (or Discovery) nor Onboarding:AuthorizationUrl; PUT the connection instead.");

    public static LinkProblem NoPublicUrl() => new(
        StatusCodes.Status422UnprocessableEntity, "public_url_missing", "No address for browsers",
        "The Connect listener is open to other machines; set Connect:PublicUrl to the address that browsers use.");

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = status;
        response.Headers[ProblemBody.CodeHeader] = code;
        var body = new ProblemBody(ProblemBody.TypeOf(code), title, status, detail, code, null, null, RequestTrace.IdOf(httpContext));
        return response.WriteAsJsonAsync(body, ProblemJson.Default.ProblemBody, ProblemBody.ContentType, httpContext.RequestAborted);
    }
}
