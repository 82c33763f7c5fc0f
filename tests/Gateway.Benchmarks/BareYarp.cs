using System.Globalization;

using OpenTelemetry.Metrics;

using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Transforms;

namespace Gateway.Benchmarks;

/// <summary>The yardstick: YARP alone, with a constant header in place of the credential that the gateway injects.</summary>
internal static class BareYarp
{
    // Those meters of the framework that the gateway exports.
    private static readonly string[] Meters =
    [
        "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.AspNetCore.Routing", "System.Net.Http",
        "System.Runtime",
    ];

    /// <param name="url">Address to listen on.</param>
    /// <param name="origin">Address to forward to.</param>
    /// <param name="withMeters">Whether to export the meters of the framework, like the gateway.</param>
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
