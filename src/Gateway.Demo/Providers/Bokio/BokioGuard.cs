using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Gateway.Demo.Providers;

/// <summary>The checks before each Bokio endpoint, in this order: 401, 429, 403.</summary>
internal sealed class BokioGuard(SimulatedBokio bokio, TimeProvider time)
{
    private readonly RollingWindow _window = new(TimeSpan.FromSeconds(60), time);

    // Paths with a write in progress; added and removed by concurrent requests.
    private readonly ConcurrentDictionary<string, byte> _writing = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// For the Company API: requires a token of the company, a sufficient plan and one scope (null: any token of the company).
    /// </summary>
    public RequestDelegate Company(string? scope, Func<HttpContext, BokioCompany, Task> handle) => Authenticated(async (context, caller) =>
    {
        var company = bokio.FindCompany(context.Request.RouteValues["companyId"] as string);
        if (company is null || !string.Equals(caller.Company, company.Name, StringComparison.Ordinal)
            || (scope is not null && !caller.Has(scope)))
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

/// <summary>The caller that a bearer token identifies.</summary>
/// <param name="Token">The token; the rate limit applies to it.</param>
/// <param name="Company">The company of the token; null for a General token.</param>
/// <param name="Scopes">Scopes of the token; null for an integration token, which may do everything.</param>
internal sealed record BokioCaller(string Token, string? Company, IReadOnlySet<string>? Scopes)
{
    public bool IsIntegrationToken => Scopes is null;

    public bool IsGeneral => Company is null;

    public bool Has(string scope) => Scopes is null || Scopes.Contains(scope);
}

/// <summary>Bokio's error answers. 401, 429 and 403 for a missing scope have no body; 403 for the price plan has one.</summary>
internal static class BokioErrors
{
    public static Task NotFoundAsync(HttpResponse response) => AnswerAsync(response, 404, "not-found", "The resource does not exist.");

    public static Task ValidationAsync(HttpResponse response, string field, string message) =>
        AnswerAsync(
            response, 400, "validation-error", "The request is not valid.", new JsonObject { ["field"] = field, ["message"] = message });

    public static Task PricePlanAsync(HttpResponse response) => response.JsonAsync(403, new JsonObject
    {
        ["error"] = "price_plan_feature_required",
        ["message"] = "The company's price plan does not include integrations.",
        ["details"] = new JsonObject
        {
            ["requiredFeature"] = "PublicIntegrations",
            ["availableIn"] = new JsonArray("Plus", "Business"),
            ["availableAsAddonIn"] = new JsonArray("Premium"),
            ["isAvailableInTrial"] = true,
            ["isInTrial"] = false,
        },
    });

    private static Task AnswerAsync(HttpResponse response, int status, string code, string message, params JsonNode[] errors) =>
        response.JsonAsync(status, new JsonObject
        {
            ["code"] = code,
            ["message"] = message,
            ["bokioErrorId"] = Guid.NewGuid().ToString(),
            ["errors"] = new JsonArray(errors),
        });
}
