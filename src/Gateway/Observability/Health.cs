using System.Text.Json.Serialization;
using System.Text.Json;

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

/// <summary>
/// Whether this instance should get requests. A store that is away does not take a warm instance out: it serves what it knows, and
/// all instances would leave at once.
/// </summary>
/// <param name="storeTrouble">One word for why the store can't be used; null when it can. Asked at every probe: no I/O.</param>
/// <param name="isWarm">True when at least one credential is in memory and can be sent. Asked at every probe: no I/O.</param>
/// <param name="stopping">From here on the instance is not ready, while requests under way end.</param>
public sealed class Readiness(Func<string?> storeTrouble, Func<bool> isWarm, CancellationToken stopping)
{
    /// <summary>True when connections are known that no configured key opens. Asked at every probe: no I/O. Default: never.</summary>
    public Func<bool> IsKeyMissing { get; init; } = static () => false;

    /// <summary>What stands in the way: <c>stopping</c>, or <c>store:why</c>; empty when ready.</summary>
    public IReadOnlyList<string> Reasons()
    {
        if (stopping.IsCancellationRequested)
        {
            return ["stopping"];
        }

        return storeTrouble() is { } trouble && !isWarm() ? [$"store:{trouble}"] : [];
    }

    /// <summary>
    /// What an operator should know of an instance that gets requests all the same: <c>store:why</c> while it serves from memory alone, and
    /// <c>store:key_missing</c>; empty when all is well.
    /// </summary>
    public IReadOnlyList<string> Warnings() =>
    [
        .. storeTrouble() is { } trouble && isWarm() ? [$"store:{trouble}"] : Array.Empty<string>(),
        .. IsKeyMissing() ? ["store:key_missing"] : Array.Empty<string>(),
    ];
}

/// <summary>A probe's answer.</summary>
/// <param name="Status"><c>live</c>, <c>ready</c> or <c>unready</c>.</param>
/// <param name="Reasons">Why not; left out when there is nothing to say.</param>
/// <param name="Warnings">What is amiss beside that; left out likewise.</param>
internal sealed record HealthReport(
    string Status,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Reasons = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Warnings = null);

/// <summary>The probes' JSON, generated.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(HealthReport))]
internal sealed partial class HealthJson : JsonSerializerContext;
