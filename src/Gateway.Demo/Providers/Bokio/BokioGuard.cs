using System.Collections.Concurrent;

namespace Gateway.Demo.Providers;

/// <summary>The checks before each Bokio endpoint, in this order: 401, 429, 403.</summary>
internal sealed class BokioGuard(SimulatedBokio bokio, TimeProvider time)
{
    private readonly RollingWindow _window = new(TimeSpan.FromSeconds(60), time);

    // Paths with a write in progress; added and removed by concurrent requests.
    private readonly ConcurrentDictionary<string, byte> _writing = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>For the Company API: requires a token of the company, a sufficient plan and one scope (null: any token of the company).</summary>
    public RequestDelegate Company(string? scope, Func<HttpContext, BokioCompany, Task> handle) => Authenticated(async (context, caller) =>
    {
        var company = bokio.FindCompany(context.Request.RouteValues["companyId"] as string);
        if (company is null || !string.Equals(caller.Company, company.Name, StringComparison.Ordinal) || (scope is not null && !caller.Has(scope)))
        {
            await context.Response.EmptyAsync(403);
            return;
        }

        await (company.Allows(caller) ? WriteAloneAsync(context, company, handle) : BokioErrors.PricePlanAsync(context.Response));
    });

    /// <summary>For the General API: requires a token from client credentials.</summary>
    public RequestDelegate General(RequestDelegate handle) => Authenticated((context, caller) =>
        caller.IsGeneral ? handle(context) : context.Response.EmptyAsync(403));

    /// <summary>Requires any valid token.</summary>
    public RequestDelegate Authenticated(Func<HttpContext, BokioCaller, Task> handle) => context =>
    {
        if (bokio.FindCaller(context.Request.BearerToken()) is not { } caller)
        {
            return context.Response.EmptyAsync(401);
        }

        var verdict = _window.Take(caller.Token, bokio.RateLimit);
        return verdict.Allowed ? handle(context, caller) : TooMany(context.Response, verdict);
    };

    private static Task TooMany(HttpResponse response, RollingWindow.Verdict verdict)
    {
        response.Headers["Bokio-RateLimit-Limit"] = verdict.Limit.ToString();
        response.Headers["Bokio-RateLimit-Remaining"] = "0";
        response.Headers["Bokio-RateLimit-RetryAfter"] = verdict.ResetSeconds.ToString();
        return response.EmptyAsync(429);
    }

    /// <summary>Refuses a second concurrent write to the same path with 429, without a time to wait.</summary>
    private async Task WriteAloneAsync(HttpContext context, BokioCompany company, Func<HttpContext, BokioCompany, Task> handle)
    {
        var path = context.Request.Path.Value!;
        if (!bokio.RefusesConcurrentWrites || HttpMethods.IsGet(context.Request.Method))
        {
            await handle(context, company);
            return;
        }

        if (!_writing.TryAdd(path, 0))
        {
            await context.Response.EmptyAsync(429);
            return;
        }

        try
        {
            await handle(context, company);
        }
        finally
        {
            _writing.TryRemove(path, out _);
        }
    }
}
