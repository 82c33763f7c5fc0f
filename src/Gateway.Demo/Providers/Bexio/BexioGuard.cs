using System.Text.Json.Nodes;

using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Demo.Providers;

/// <summary>
/// The checks before each bexio endpoint, in this order: 401, rate limit (429), path (404), scope (403). Limits apply per company, minute
/// and group.
/// </summary>
internal sealed class BexioGuard(SimulatedBexio bexio, TimeProvider time)
{
    private readonly RollingWindow _window = new(TimeSpan.FromMinutes(1), time);

    /// <param name="allows">Whether the scopes of the token are sufficient.</param>
    /// <param name="handle">The endpoint.</param>
    /// <param name="group">The limit that applies.</param>
    public RequestDelegate Company(
        Func<IReadOnlySet<string>, bool> allows,
        Func<HttpContext, BexioCompany, Task> handle,
        BexioLimit group = BexioLimit.General) => context =>
    {
        context.Response.Headers.AccessControlAllowOrigin = "https://office.bexio.com";
        if (bexio.Authorization.Issuer.FindAccess(context.Request.BearerToken()) is not { } token)
        {
            return BexioErrors.AnswerAsync(context.Response, 401);
        }

        var company = bexio.Company(token.Grant.Account);
        return Refusal(context, company, group) is { } status ? BexioErrors.AnswerAsync(context.Response, status)
            : allows(token.Scopes) ? handle(context, company)
            : BexioErrors.AnswerAsync(context.Response, 403);
    };

    private int? Refusal(HttpContext context, BexioCompany company, BexioLimit group)
    {
        var verdict = _window.Take($"{company.Id}/{group}", bexio.RateLimits[group]);
        Describe(context.Response.Headers, verdict);
        if (!verdict.Allowed)
        {
            return 429;
        }

        var path = context.Features.GetRequiredFeature<RecordedRequest>().Path;
        return path.Contains("//", StringComparison.Ordinal) ? 404 : null;
    }

    private static void Describe(IHeaderDictionary headers, RollingWindow.Verdict verdict)
    {
        var (limit, remaining) = (verdict.Limit.ToString(), verdict.Remaining.ToString());
        headers["ratelimit-limit"] = limit;
        headers["ratelimit-remaining"] = remaining;
        headers["ratelimit-reset"] = verdict.ResetSeconds.ToString();
        headers["x-ratelimit-limit-minute"] = limit;
        headers["x-ratelimit-remaining-minute"] = remaining;
    }
}

/// <summary>bexio's error body: <c>{ error_code, message }</c>.</summary>
internal static class BexioErrors
{
    public static Task AnswerAsync(HttpResponse response, int status) => response.JsonAsync(status, new JsonObject
    {
        ["error_code"] = status,
        ["message"] = Message(status),
    });

    private static string Message(int status) => status switch
    {
        401 => "The access token is missing, invalid or expired.",
        403 => "A scope or a user right is missing.",
        404 => "The resource does not exist.",
        415 => "The content type must be application/json.",
        429 => "Too many requests.",
        _ => "The request is not valid.",
    };
}

/// <summary>The groups of bexio endpoints that have separate rate limits.</summary>
internal enum BexioLimit
{
    /// <summary>1000 per minute.</summary>
    General,

    /// <summary>400 per minute: <c>/2.0/article</c>.</summary>
    Article,

    /// <summary>250 per minute: <c>POST …/search</c>.</summary>
    Search,
}
