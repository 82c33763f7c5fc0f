using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Demo.Providers;

/// <summary>What stands before every bexio endpoint: 401, limit headers and 429, path, 403. Limits count per company, minute and group.</summary>
internal sealed class BexioGuard(SimulatedBexio bexio, TimeProvider time)
{
    private readonly RollingWindow _window = new(TimeSpan.FromMinutes(1), time);

    /// <param name="allows">Whether the token's scopes will do.</param>
    /// <param name="handle">The endpoint.</param>
    /// <param name="group">Which of the limits it counts against.</param>
    public RequestDelegate Company(
        Func<IReadOnlySet<string>, bool> allows, Func<HttpContext, BexioCompany, Task> handle, BexioLimit group = BexioLimit.General) => context =>
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
