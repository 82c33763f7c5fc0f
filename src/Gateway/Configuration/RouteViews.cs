using Gateway.Admin;
using Gateway.Proxy.Routes;

using Yarp.ReverseProxy.Configuration;

namespace Gateway.Configuration;

/// <summary>The proxy's routes as operators read them.</summary>
internal static class RouteViews
{
    public static IEnumerable<RouteView> Of(IReadOnlyList<RouteConfig> routes, IReadOnlyList<ClusterConfig> clusters) =>
        routes.Select(route => Of(route, clusters.FirstOrDefault(cluster => cluster.ClusterId == route.ClusterId)));

    private static RouteView Of(RouteConfig route, ClusterConfig? cluster)
    {
        var transform = route.Transforms?.FirstOrDefault(static transform => transform.ContainsKey(RouteCredentialParser.CredentialKey));
        var credential = transform is null ? null : RouteCredentialParser.Parse(transform, []);
        return new RouteView(
            route.RouteId,
            route.Match.Path,
            route.Match.Methods ?? [],
            credential?.Provider,
            credential is null ? null : transform!.GetValueOrDefault(RouteCredentialParser.ConnectionKey) ?? $"header:{ConnectionSelector.DefaultHeader}",
            credential?.Replay.ToString(),
            credential?.Scope,
            cluster?.Destinations?.Values.FirstOrDefault()?.Address);
    }
}
