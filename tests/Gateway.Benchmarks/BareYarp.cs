using System.Globalization;

using OpenTelemetry.Metrics;

using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Transforms;

namespace Gateway.Benchmarks;

/// <summary>The yardstick: YARP and nothing else, with a constant header where the gateway injects a credential.</summary>
internal static class BareYarp
{
    // The framework's meters that the gateway exports too.
    private static readonly string[] Meters =
        ["Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.AspNetCore.Routing", "System.Net.Http", "System.Runtime"];

    /// <param name="url">Where it listens.</param>
    /// <param name="origin">Where it forwards to.</param>
    /// <param name="withMeters">Exports the framework's meters as the gateway does.</param>
    public static async Task RunAsync(string url, string origin, bool withMeters)
    {
        await using var app = Build(url, origin, withMeters);
        await app.RunAsync();
    }

    public static WebApplication Build(string url, string origin, bool withMeters)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(url).ConfigureKestrel(static kestrel => kestrel.AddServerHeader = false);
        builder.Services.AddReverseProxy()
            .LoadFromMemory([Route], [Cluster(origin)])
            .ConfigureHttpClient(static (_, handler) => handler.ActivityHeadersPropagator = null)
            .AddTransforms(static context =>
            {
                context.UseDefaultForwarders = false;
                context.AddPathRouteValues("/v1/{**path}");
                context.AddRequestHeader("Authorization", Contender.Authorization, append: false);
            });
        if (withMeters)
        {
            builder.Services.AddOpenTelemetry().WithMetrics(static metrics => metrics.AddMeter(Meters).AddPrometheusExporter());
        }

        var app = builder.Build();
        app.MapGet(Contender.AllocatedPath, static () => GC.GetTotalAllocatedBytes(precise: true).ToString(CultureInfo.InvariantCulture));
        app.MapReverseProxy();
        return app;
    }

    private static RouteConfig Route => new() { RouteId = "bench", ClusterId = "bench", Match = new() { Path = "/bench/{**path}" } };

    private static ClusterConfig Cluster(string origin) => new()
    {
        ClusterId = "bench",
        Destinations = new Dictionary<string, DestinationConfig>(StringComparer.Ordinal) { ["origin"] = new() { Address = origin } },
    };
}
