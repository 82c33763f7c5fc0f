namespace Gateway.Observability;

/// <summary>Probes for whoever runs the process: alive (restart it or not) and ready (send it requests or not).</summary>
internal static class HealthEndpoints
{
    // Some balancers ask by HEAD.
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapMethods("/health/live", Methods, static context => AnswerAsync(context, StatusCodes.Status200OK, new("live")));
        endpoints.MapMethods("/health/ready", Methods, static context => AnswerAsync(context, context.RequestServices.GetRequiredService<Readiness>()));
    }

    private static Task AnswerAsync(HttpContext context, Readiness readiness)
    {
        var warnings = readiness.Warnings() is [_, ..] some ? some : null;
        return readiness.Reasons() is [_, ..] reasons
            ? AnswerAsync(context, StatusCodes.Status503ServiceUnavailable, new("unready", reasons, warnings))
            : AnswerAsync(context, StatusCodes.Status200OK, new("ready", Warnings: warnings));
    }

    private static Task AnswerAsync(HttpContext context, int status, HealthReport report)
    {
        context.Response.StatusCode = status;
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsJsonAsync(report, HealthJson.Default.HealthReport, cancellationToken: context.RequestAborted);
    }
}
