using System.Globalization;

using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Transforms;

namespace Gateway.Benchmarks;

/// <summary>The yardstick: YARP and nothing else, with a constant header where the gateway injects a credential.</summary>
internal static class BareYarp
{
    public static async Task RunAsync(string url, string origin)
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
        await using var app = builder.Build();
        app.MapGet(Contender.AllocatedPath, static () => GC.GetTotalAllocatedBytes(precise: true).ToString(CultureInfo.InvariantCulture));
        app.MapReverseProxy();
        await app.RunAsync();
    }

    private static RouteConfig Route => new() { RouteId = "bench", ClusterId = "bench", Match = new() { Path = "/bench/{**path}" } };

    private static ClusterConfig Cluster(string origin) => new()
    {
        ClusterId = "bench",
        Destinations = new Dictionary<string, DestinationConfig>(StringComparer.Ordinal) { ["origin"] = new() { Address = origin } },
    };
}
