using System.Text.Json.Nodes;

using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Gateway.Observability;

/// <summary>
/// <c>/health/live</c> (restart the process or not) and <c>/health/ready</c> (send it requests or not). The body has <c>status</c>
/// (<c>live</c>, <c>ready</c> or <c>unready</c>), and <c>reasons</c> and <c>warnings</c> when there are some.
/// </summary>
internal static class HealthEndpoints
{
    public const string ReadinessCheck = "ready";

    // Some balancers probe with HEAD.
    private static readonly HttpMethodMetadata Methods = new([HttpMethods.Get, HttpMethods.Head]);

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapHealthChecks("/health/live", new()
        {
            Predicate = static _ => false,
            ResponseWriter = static (context, _) => WriteAsync(context, "live", []),
        }).WithMetadata(Methods);
        endpoints.MapHealthChecks("/health/ready", new()
        {
            Predicate = static check => check.Name == ReadinessCheck,
            ResponseWriter = WriteAsync,
        }).WithMetadata(Methods);
    }

    private static Task WriteAsync(HttpContext context, HealthReport report) => WriteAsync(
        context, report.Status == HealthStatus.Unhealthy ? "unready" : "ready", report.Entries[ReadinessCheck].Data);

    private static Task WriteAsync(HttpContext context, string status, IEnumerable<KeyValuePair<string, object>> lists)
    {
        var body = new JsonObject { ["status"] = status };
        foreach (var (name, words) in lists)
        {
            body[name] = new JsonArray([.. ((IEnumerable<string>)words).Select(static word => JsonValue.Create(word))]);
        }

        context.Response.ContentType = "application/json; charset=utf-8";
        return context.Response.WriteAsync(body.ToJsonString(), context.RequestAborted);
    }
}

/// <summary>
/// Whether this instance should get requests. A warm instance stays ready while the store is unavailable: it serves what it has in memory,
/// and otherwise one store would take every instance out at once. Each probe and scrape calls the functions, which do no I/O.
/// </summary>
/// <param name="storeTrouble">One word for why the store can't be used; null when it can.</param>
/// <param name="isWarm">True when at least one credential in memory can be sent.</param>
/// <param name="isKeyMissing">True when connections are stored that no configured key opens.</param>
/// <param name="stopping">Once it is cancelled the instance is not ready, while requests under way end.</param>
public sealed class Readiness(Func<string?> storeTrouble, Func<bool> isWarm, Func<bool> isKeyMissing, CancellationToken stopping)
    : IHealthCheck
{
    public bool IsReady => Reasons() is [];

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var lists = new Dictionary<string, object>(StringComparer.Ordinal) { ["reasons"] = Reasons(), ["warnings"] = Warnings() }
            .Where(static list => list.Value is string[] { Length: > 0 }).ToDictionary(StringComparer.Ordinal);
        var status = lists.ContainsKey("reasons") ? HealthStatus.Unhealthy : lists.Count > 0 ? HealthStatus.Degraded : HealthStatus.Healthy;
        return Task.FromResult(new HealthCheckResult(status, data: lists));
    }

    // "stopping", or "store:" and why.
    private string[] Reasons() =>
        stopping.IsCancellationRequested ? ["stopping"]
        : storeTrouble() is { } trouble && !isWarm() ? [$"store:{trouble}"]
        : [];

    private string[] Warnings() =>
    [
        .. storeTrouble() is { } trouble && isWarm() ? [$"store:{trouble}"] : Array.Empty<string>(),
        .. isKeyMissing() ? ["store:key_missing"] : Array.Empty<string>(),
    ];
}
