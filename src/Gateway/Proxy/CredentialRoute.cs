using Gateway.Proxy.Routes;
using Gateway.Proxy.RawPath;

using Yarp.ReverseProxy.Configuration;

namespace Gateway.Proxy;

/// <summary>Finds and compiles what a YARP route says about credentials.</summary>
internal static class CredentialRoute
{
    private static readonly string[] QueryKeys = ["QueryValueParameter", "QueryRouteParameter", "QueryRemoveParameter"];

    public static bool IsCredential(IReadOnlyDictionary<string, string> transform) =>
        transform.ContainsKey(RouteCredentialParser.CredentialKey);

    /// <summary>The route's <c>Credential</c> transforms; more than one is an error.</summary>
    public static IEnumerable<IReadOnlyDictionary<string, string>> TransformsOf(RouteConfig route) =>
        (route.Transforms ?? []).Where(IsCredential);

    /// <param name="route">As configured.</param>
    /// <param name="cluster">Where it leads; null when that is not known, or does not matter yet.</param>
    /// <param name="errors">Gets what is wrong beyond the transform itself.</param>
    /// <returns>Null when the route has no credential, or when it can't be compiled.</returns>
    public static ForwardingRoute? Compile(RouteConfig route, ClusterConfig? cluster, ICollection<string> errors)
    {
        if (TransformsOf(route).ToArray() is not [var transform, ..])
        {
            return null;
        }

        // What the transform itself has wrong is reported by the factory that claims it.
        var credential = RouteCredentialParser.Parse(transform, []);
        var path = RawPathTransform.Compile(route, errors);
        if (credential is null || path is null)
        {
            return null;
        }

        if (credential.Connection.Kind == ConnectionSelector.Way.RouteValue && path.Route.IndexOf(credential.Connection.Value) < 0)
        {
            var parameter = $"{{{credential.Connection.Value}}}";
            errors.Add($"{RouteKeys.Of(route, transform)}:{RouteCredentialParser.ConnectionKey}: '{parameter}' is no parameter of the path '{route.Match.Path}'");
            return null;
        }

        var transformsQuery = route.Transforms!.SelectMany(static one => one.Keys)
            .Intersect(QueryKeys, StringComparer.OrdinalIgnoreCase).Any();
        return new ForwardingRoute(route.RouteId, credential, path, transformsQuery, cluster?.HttpRequest?.ActivityTimeout);
    }
}
