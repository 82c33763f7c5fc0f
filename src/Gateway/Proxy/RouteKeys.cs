using Yarp.ReverseProxy.Configuration;

namespace Gateway.Proxy;

/// <summary>Where in the configuration files something stands, so that an error names the very key to change.</summary>
internal static class RouteKeys
{
    public static string Of(RouteConfig route) => $"ReverseProxy:Routes:{route.RouteId}";

    /// <param name="route">The route.</param>
    /// <param name="transform">One of its transforms, the very object.</param>
    public static string Of(RouteConfig route, IReadOnlyDictionary<string, string> transform)
    {
        var transforms = route.Transforms ?? [];
        var index = 0;
        while (index < transforms.Count && !ReferenceEquals(transforms[index], transform))
        {
            index++;
        }

        return $"{Of(route)}:Transforms:{index}";
    }

    public static string Address(string clusterId, string destinationId) =>
        $"ReverseProxy:Clusters:{clusterId}:Destinations:{destinationId}:Address";
}
