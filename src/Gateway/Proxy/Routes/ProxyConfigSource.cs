using Gateway.Model;
using Gateway.Proxy.Routes;

using Microsoft.Extensions.Primitives;

using Yarp.ReverseProxy.Configuration;

namespace Gateway.Proxy.Routes;

/// <summary>
/// Where YARP gets its routes and clusters from: whatever was validated and applied last. The reading of YARP's JSON is left to
/// YARP's own reader, so that routes stay YARP's.
/// </summary>
public sealed class ProxyConfigSource(IServiceProvider services) : IProxyConfigProvider
{
    // Written by the configuration reload only, read by YARP.
    private volatile Snapshot _current = new([], []);

    public IProxyConfig GetConfig() => _current;

    /// <summary>Reads the <c>ReverseProxy</c> section without applying it; throws what YARP's reader throws on unreadable values.</summary>
    public static (IReadOnlyList<RouteConfig> Routes, IReadOnlyList<ClusterConfig> Clusters) Read(IConfiguration reverseProxySection)
    {
        var reader = new ServiceCollection().AddLogging();
        reader.AddReverseProxy().LoadFromConfig(reverseProxySection);
        using var provider = reader.BuildServiceProvider();
        var config = provider.GetRequiredService<IProxyConfigProvider>().GetConfig();
        return ([.. config.Routes.Select(WithoutNull)], config.Clusters);
    }

    /// <summary>All that speaks against this configuration, by YARP's rules and the gateway's; empty when it can be applied.</summary>
    public async ValueTask<IReadOnlyList<string>> ValidateAsync(
        IReadOnlyList<RouteConfig> routes, IReadOnlyList<ClusterConfig> clusters, IReadOnlyCollection<Provider> providers)
    {
        var validator = services.GetRequiredService<IConfigValidator>();
        var errors = new List<string>();
        foreach (var route in routes)
        {
            errors.AddRange((await validator.ValidateRouteAsync(route)).Select(error => Keyed(RouteKeys.Of(route), error.Message)));
        }

        foreach (var cluster in clusters)
        {
            errors.AddRange((await validator.ValidateClusterAsync(cluster)).Select(error => Keyed($"ReverseProxy:Clusters:{cluster.ClusterId}", error.Message)));
        }

        var providersByName = providers.ToDictionary(static provider => provider.Name, StringComparer.OrdinalIgnoreCase);
        errors.AddRange(RouteRules.Check(routes, clusters, providersByName));
        return [.. errors.Distinct(StringComparer.Ordinal)];
    }

    /// <summary>Puts a validated configuration in force; requests under way end with the one that they began with.</summary>
    public void Apply(IReadOnlyList<RouteConfig> routes, IReadOnlyList<ClusterConfig> clusters)
    {
        var replaced = _current;
        _current = new Snapshot(routes, clusters);
        replaced.Expire();
    }

    // An object or a list where a text belongs comes through as null, which neither YARP's transforms nor the gateway's reckon with.
    private static RouteConfig WithoutNull(RouteConfig route) => route.Transforms is { } transforms
        ? route with { Transforms = [.. transforms.Select(WithoutNull)] }
        : route;

    private static Dictionary<string, string> WithoutNull(IReadOnlyDictionary<string, string> transform) =>
        transform.ToDictionary(static pair => pair.Key, static pair => pair.Value ?? "", StringComparer.OrdinalIgnoreCase);

    // YARP's rules speak of a route or a cluster; the gateway's name the key already.
    private static string Keyed(string key, string message) =>
        message.StartsWith(key, StringComparison.Ordinal) ? message : $"{key}: {message}";

    private sealed class Snapshot(IReadOnlyList<RouteConfig> routes, IReadOnlyList<ClusterConfig> clusters) : IProxyConfig
    {
        private readonly ConfigurationReloadToken _expiry = new();

        public IReadOnlyList<RouteConfig> Routes => routes;

        public IReadOnlyList<ClusterConfig> Clusters => clusters;

        public IChangeToken ChangeToken => _expiry;

        public void Expire() => _expiry.OnReload();
    }
}
