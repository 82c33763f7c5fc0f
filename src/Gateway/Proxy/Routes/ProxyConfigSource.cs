using Gateway.Model;

using Yarp.ReverseProxy.Configuration;

namespace Gateway.Proxy.Routes;

/// <summary>The routes and clusters that YARP uses: those validated and applied last. YARP's own reader parses the JSON.</summary>
/// <param name="services">Asked for YARP's validator when it is needed: the validator depends on this class.</param>
public sealed class ProxyConfigSource(IServiceProvider services) : IProxyConfigProvider
{
    private readonly InMemoryConfigProvider _current = new([], []);

    public IProxyConfig GetConfig() => _current.GetConfig();

    /// <summary>Reads the <c>ReverseProxy</c> section without applying it; throws what YARP's reader throws on unreadable values.</summary>
    public static (IReadOnlyList<RouteConfig> Routes, IReadOnlyList<ClusterConfig> Clusters) Read(IConfiguration reverseProxySection)
    {
        var reader = new ServiceCollection().AddLogging();
        reader.AddReverseProxy().LoadFromConfig(reverseProxySection);
        using var provider = reader.BuildServiceProvider();
        var config = provider.GetRequiredService<IProxyConfigProvider>().GetConfig();
        return ([.. config.Routes.Select(WithoutNull)], config.Clusters);
    }

    /// <summary>All errors by YARP's rules and the gateway's; empty when the configuration can be applied.</summary>
    public async ValueTask<IReadOnlyList<string>> ValidateAsync(
        IReadOnlyList<RouteConfig> routes, IReadOnlyList<ClusterConfig> clusters, IReadOnlyCollection<Provider> providers)
    {
        var validator = services.GetRequiredService<IConfigValidator>();
        var errors = new List<string>();
        foreach (var route in routes)
        {
            Add(RouteKeys.Of(route), await validator.ValidateRouteAsync(route));
        }

        foreach (var cluster in clusters)
        {
            Add(RouteKeys.Cluster(cluster.ClusterId), await validator.ValidateClusterAsync(cluster));
        }

        var providersByName = providers.ToDictionary(static provider => provider.Name, StringComparer.OrdinalIgnoreCase);
        errors.AddRange(RouteRules.Check(routes, clusters, providersByName));
        return [.. errors.Distinct(StringComparer.Ordinal)];

        // The gateway's own messages begin with the key; YARP's name a route or a cluster.
        void Add(string key, IEnumerable<Exception> found) => errors.AddRange(found.Select(error =>
            error.Message.StartsWith(key, StringComparison.Ordinal) ? error.Message : $"{key}: {error.Message}"));
    }

    /// <summary>Puts a validated configuration in force. Requests under way keep the one that they began with.</summary>
    public void Apply(IReadOnlyList<RouteConfig> routes, IReadOnlyList<ClusterConfig> clusters) => _current.Update(routes, clusters);

    // YARP's reader gives null for an object or a list in the place of a text, which no transform expects.
    private static RouteConfig WithoutNull(RouteConfig route) => route.Transforms is { } transforms
        ? route with { Transforms = [.. transforms.Select(WithoutNull)] }
        : route;

    private static Dictionary<string, string> WithoutNull(IReadOnlyDictionary<string, string> transform) =>
        transform.ToDictionary(static pair => pair.Key, static pair => pair.Value ?? "", StringComparer.OrdinalIgnoreCase);
}
