using System.Text.RegularExpressions;

using Gateway.Model;

using Yarp.ReverseProxy.Configuration;

namespace Gateway.Proxy.Routes;

/// <summary>Refuses what YARP accepts: a credential that could leave for another origin, and two routes that match alike.</summary>
internal static partial class RouteRules
{
    private static readonly TimeSpan MatchTimeout = TimeSpan.FromSeconds(1);

    /// <returns>Messages that name key, value and rule.</returns>
    public static IEnumerable<string> Check(
        IReadOnlyList<RouteConfig> routes, IReadOnlyList<ClusterConfig> clusters, IReadOnlyDictionary<string, Provider> providers)
    {
        var clustersById = clusters.GroupBy(static cluster => cluster.ClusterId, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(static group => group.Key, static group => group.First(), StringComparer.OrdinalIgnoreCase);
        return routes.SelectMany(route => CheckRoute(route, clustersById.GetValueOrDefault(route.ClusterId ?? ""), providers))
            .Concat(FindOverlaps(routes));
    }

    private static IEnumerable<string> CheckRoute(
        RouteConfig route, ClusterConfig? cluster, IReadOnlyDictionary<string, Provider> providers) =>
        (route.Transforms ?? []).Where(RouteCredentialParser.IsCredential).ToArray() switch
        {
            [] => CheckOpen(route, cluster, providers),
            [var one] => CheckCredential(route, one, cluster, providers),
            [_, var second, ..] => [$"{RouteKeys.Of(route, second)}:Credential: a route has one credential, not several"],
        };

    private static IEnumerable<string> CheckCredential(
        RouteConfig route,
        IReadOnlyDictionary<string, string> transform,
        ClusterConfig? cluster,
        IReadOnlyDictionary<string, Provider> providers)
    {
        var key = RouteKeys.Of(route, transform);
        var name = transform[RouteCredentialParser.CredentialKey];
        if (!providers.TryGetValue(name, out var provider))
        {
            return [$"{key}:Credential: '{name}' is no configured provider"];
        }

        var errors = CheckDestinations(route, cluster, provider);
        return provider.OAuth is null && transform.GetValueOrDefault(RouteCredentialParser.ScopeKey) is { Length: > 0 } scope
            ? errors.Prepend($"{key}:Scope: '{scope}' can't be checked, provider '{name}' is of kind Secret and has no scopes")
            : errors;
    }

    private static IEnumerable<string> CheckDestinations(RouteConfig route, ClusterConfig? cluster, Provider provider)
    {
        var destinations = DestinationsOf(cluster).ToArray();
        if (destinations.Length == 0)
        {
            yield return $"{RouteKeys.Of(route)}:ClusterId: '{route.ClusterId}' is no cluster with a destination; "
                + $"the route needs one with '{provider.Origin}'";
        }

        foreach (var (key, address) in destinations.Where(destination => !IsOrigin(provider.Origin, destination.Address)))
        {
            yield return $"{key}: '{address}' is not the Origin '{provider.Origin}' of provider '{provider.Name}', "
                + $"whose credential route '{route.RouteId}' sends there";
        }

        if (cluster?.HttpClient?.DangerousAcceptAnyServerCertificate == true && !destinations.All(static one => IsLoopback(one.Address)))
        {
            yield return $"{RouteKeys.Cluster(cluster.ClusterId)}:HttpClient:DangerousAcceptAnyServerCertificate: "
                + "a credential is sent only to a server with a valid certificate";
        }
    }

    private static IEnumerable<string> CheckOpen(
        RouteConfig route, ClusterConfig? cluster, IReadOnlyDictionary<string, Provider> providers) =>
        from destination in DestinationsOf(cluster)
        let provider = providers.Values.FirstOrDefault(provider => Covers(provider.Origin, destination.Address))
        where provider is not null
        select $"{destination.Key}: '{destination.Address}' is the Origin of provider '{provider.Name}', "
            + $"but route '{route.RouteId}' has no Credential";

    private static IEnumerable<(string Key, string Address)> DestinationsOf(ClusterConfig? cluster) => cluster?.Destinations?.Select(
        one => ($"{RouteKeys.Cluster(cluster.ClusterId)}:Destinations:{one.Key}:Address", one.Value.Address ?? "")) ?? [];

    // Host templates are compared as text: what a field expands to is known per connection only.
    private static bool IsOrigin(UriTemplate origin, string address) =>
        origin.FieldNames.Count > 0 || !Uri.TryCreate(address, UriKind.Absolute, out var uri)
            ? address.TrimEnd('/').Equals(origin.Text.TrimEnd('/'), StringComparison.OrdinalIgnoreCase)
            : uri.AbsoluteUri.TrimEnd('/') == new Uri(origin.Text).AbsoluteUri.TrimEnd('/');

    private static bool IsLoopback(string address) => Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.IsLoopback;

    private static bool Covers(UriTemplate origin, string address)
    {
        var (expected, actual) = (AuthorityOf(origin.Text), AuthorityOf(address));
        var pattern = Regex.Replace(Regex.Escape(expected), @"\\\{[^}]*}", "[A-Za-z0-9_-]+", RegexOptions.None, MatchTimeout);
        return Regex.IsMatch(actual, $"^{pattern}$", RegexOptions.IgnoreCase, MatchTimeout)
            || actual.Equals(expected, StringComparison.OrdinalIgnoreCase);
    }

    // Without the scheme: the same host over another scheme is the same third party.
    private static string AuthorityOf(string address)
    {
        var start = address.IndexOf("://", StringComparison.Ordinal);
        return DefaultPort.Replace((start < 0 ? address : address[(start + 3)..]).Split('/')[0], "");
    }

    // ASP.NET can't choose between two routes that match alike; without this check the first caller would get a 500.
    private static IEnumerable<string> FindOverlaps(IReadOnlyList<RouteConfig> routes) =>
        from first in Enumerable.Range(0, routes.Count)
        from second in Enumerable.Range(first + 1, routes.Count - first - 1)
        where MatchAlike(routes[first], routes[second])
        select $"{RouteKeys.Of(routes[second])}:Match: matches what '{routes[first].RouteId}' matches; "
            + "change Path, Methods, Hosts or Order";

    private static bool MatchAlike(RouteConfig left, RouteConfig right) =>
        left.Order.GetValueOrDefault() == right.Order.GetValueOrDefault()
        && ShapeOf(left.Match?.Path) == ShapeOf(right.Match?.Path)
        && Intersect(left.Match?.Methods, right.Match?.Methods)
        && Intersect(left.Match?.Hosts, right.Match?.Hosts)
        && AreEqual(left.Match?.Headers?.Select(static header => Describe(header.Name, header.Mode, header.Values)),
            right.Match?.Headers?.Select(static header => Describe(header.Name, header.Mode, header.Values)))
        && AreEqual(left.Match?.QueryParameters?.Select(static query => Describe(query.Name, query.Mode, query.Values)),
            right.Match?.QueryParameters?.Select(static query => Describe(query.Name, query.Mode, query.Values)));

    // Routing tells routes apart by the constraints of parameters, not by their names, defaults or question marks.
    private static string ShapeOf(string? path) =>
        Parameter.Replace((path ?? "{**all}").Trim('/').ToUpperInvariant(), "{${star}${constraint}}");

    // Routing prefers a route that names methods or hosts over one that names none, so only two of the same kind overlap.
    private static bool Intersect(IReadOnlyList<string>? left, IReadOnlyList<string>? right) =>
        (left ?? []).Count == 0 || (right ?? []).Count == 0
            ? (left ?? []).Count == (right ?? []).Count
            : left!.Intersect(right!, StringComparer.OrdinalIgnoreCase).Any();

    private static bool AreEqual(IEnumerable<string>? left, IEnumerable<string>? right) =>
        new HashSet<string>(left ?? [], StringComparer.OrdinalIgnoreCase).SetEquals(right ?? []);

    private static string Describe<TMode>(string name, TMode mode, IReadOnlyList<string>? values) =>
        $"{name} {mode} {string.Join(',', values ?? [])}";

    [GeneratedRegex(":(?:80|443)$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex DefaultPort { get; }

    [GeneratedRegex(
        @"\{(?<star>\*)?\*?[^}:=?]*(?<constraint>:[^}=?]*)?(=[^}]*|\?)?\}",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Parameter { get; }
}

/// <summary>The configuration key of a route, a transform or a cluster, so that an error names the key to change.</summary>
internal static class RouteKeys
{
    public static string Of(RouteConfig route) => $"ReverseProxy:Routes:{route.RouteId}";

    /// <param name="route">The route.</param>
    /// <param name="transform">One of its transforms, by reference.</param>
    public static string Of(RouteConfig route, IReadOnlyDictionary<string, string> transform) =>
        $"{Of(route)}:Transforms:{(route.Transforms ?? []).TakeWhile(one => !ReferenceEquals(one, transform)).Count()}";

    public static string Cluster(string clusterId) => $"ReverseProxy:Clusters:{clusterId}";
}
