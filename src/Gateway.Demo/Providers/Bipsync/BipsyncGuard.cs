namespace Gateway.Demo.Providers;

/// <summary>
/// The checks before each Bipsync endpoint: the host, 403 for a caller address that is not allowed, 406, 401. Errors have no body,
/// because the real ones are unknown.
/// </summary>
internal sealed class BipsyncGuard(SimulatedBipsync bipsync)
{
    /// <summary>Middleware: API paths exist on API hosts and the consent page on web hosts; other combinations get 404.</summary>
    public static Task CheckHostAsync(HttpContext context, RequestDelegate next)
    {
        var isPage = context.Request.Path.StartsWithSegments("/oauth", StringComparison.Ordinal);
        return BipsyncHost.Read(context.Request) is { } host && host.IsApi != isPage ? next(context) : context.Response.EmptyAsync(404);
    }

    /// <summary>Accepts OAuth tokens and legacy tokens. A missing scope gets 401 too.</summary>
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

    /// <summary>Refuses a request with both headers, because the precedence at Bipsync is unknown.</summary>
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

/// <summary>The caller that a token identifies.</summary>
/// <param name="Client">The Bipsync client whose data the token can read.</param>
/// <param name="Scopes">Scopes of the token; null for a legacy API token, which may use the whole REST API but not GraphQL.</param>
internal sealed record BipsyncCaller(string Client, IReadOnlySet<string>? Scopes)
{
    public bool IsLegacy => Scopes is null;

    public bool HasAny(params string[] scopes) => Scopes is null || Scopes.Overlaps(scopes);
}

/// <summary>A host of Bipsync. Each client has an API host <c>{client}-api.…</c> and a web host <c>{client}.…</c>.</summary>
/// <param name="Client">The client in the host name.</param>
/// <param name="IsApi">True for the API host, false for the web host.</param>
internal sealed record BipsyncHost(string Client, bool IsApi)
{
    /// <summary>Replaces bipsync.com; names below <c>.localhost</c> resolve to loopback (RFC 6761 section 6.3).</summary>
    public const string Domain = "bipsync.localhost";

    private const string ApiMark = "-api";

    public string Name => $"{Client}{(IsApi ? ApiMark : "")}.{Domain}";

    /// <summary>Reads the <c>Host</c> header; null if it is not a host of Bipsync.</summary>
    public static BipsyncHost? Read(HttpRequest request)
    {
        var name = request.Host.Host;
        if (!name.EndsWith("." + Domain, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var label = name[..^(Domain.Length + 1)].ToLowerInvariant();
        return label.EndsWith(ApiMark, StringComparison.Ordinal) ? new(label[..^ApiMark.Length], IsApi: true) : new(label, IsApi: false);
    }
}
