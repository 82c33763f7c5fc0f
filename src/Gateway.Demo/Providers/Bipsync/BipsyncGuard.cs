namespace Gateway.Demo.Providers;

/// <summary>
/// What stands before every Bipsync endpoint: the right host, 403 for a caller address that is not allowed, 406, 401. Error bodies are
/// unknown, so there are none.
/// </summary>
internal sealed class BipsyncGuard(SimulatedBipsync bipsync)
{
    /// <summary>Middleware: API paths on API hosts, the consent page on web hosts, anything else 404.</summary>
    public static Task CheckHostAsync(HttpContext context, RequestDelegate next)
    {
        var isPage = context.Request.Path.StartsWithSegments("/oauth", StringComparison.Ordinal);
        return BipsyncHost.Read(context.Request) is { } host && host.IsApi != isPage ? next(context) : context.Response.EmptyAsync(404);
    }

    /// <summary>An endpoint for OAuth tokens and legacy tokens alike; 401 also stands for a missing scope.</summary>
    public RequestDelegate Api(Func<BipsyncCaller, bool> allows, Func<HttpContext, BipsyncCaller, Task> handle) => context =>
    {
        if (bipsync.RefusesCallerAddress)
        {
            return context.Response.EmptyAsync(403);
        }

        if (!AcceptsJson(context.Request))
        {
            return context.Response.EmptyAsync(406);
        }

        return FindCaller(context.Request) is { } caller && allows(caller) ? handle(context, caller) : context.Response.EmptyAsync(401);
    };

    /// <summary>Which of the two headers wins is not known, so a request with both is nobody's.</summary>
    private BipsyncCaller? FindCaller(HttpRequest request)
    {
        var legacy = request.Headers["Token"];
        var caller = (legacy.Count, request.Headers.Authorization.Count) switch
        {
            (1, 0) => bipsync.FindLegacy(legacy[0]!),
            (0, 1) => bipsync.FindBearer(request.BearerToken()),
            _ => null,
        };
        return caller?.Client == BipsyncHost.Read(request)?.Client ? caller : null;
    }

    private static bool AcceptsJson(HttpRequest request) =>
        request.Headers.Accept.Count == 0
        || request.GetTypedHeaders().Accept.Any(range => range.MatchesMediaType("application/json"));
}
