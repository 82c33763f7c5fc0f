using Gateway.Credentials;

using Yarp.ReverseProxy.Configuration;

namespace Gateway.Forwarding;

/// <summary>Routes and clusters on their way into the proxy.</summary>
public sealed class ProxyConfigSource(IConfigValidator validator)
{
    private volatile InMemoryConfigProvider _provider = new([], []);

    public IProxyConfigProvider Provider => _provider;

    public static (IReadOnlyList<RouteConfig> Routes, IReadOnlyList<ClusterConfig> Clusters) Read(IConfiguration section)
    {
        _ = section;
        return ([], []);
    }

    public async Task<IReadOnlyList<string>> ValidateAsync(
        IReadOnlyList<RouteConfig> routes, IReadOnlyList<ClusterConfig> clusters, IReadOnlyCollection<Provider> providers)
    {
        _ = providers;
        var errors = new List<string>();
        foreach (var route in routes)
        {
            errors.AddRange((await validator.ValidateRouteAsync(route)).Select(static error => error.Message));
        }

        foreach (var cluster in clusters)
        {
            errors.AddRange((await validator.ValidateClusterAsync(cluster)).Select(static error => error.Message));
        }

        return errors;
    }

    public void Apply(IReadOnlyList<RouteConfig> routes, IReadOnlyList<ClusterConfig> clusters) => _provider.Update(routes, clusters);
}
