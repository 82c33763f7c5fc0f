using System.Text.RegularExpressions;

using Gateway.Model;

using Yarp.ReverseProxy.Configuration;

namespace Gateway.Proxy.Routes;

/// <summary>What YARP would accept and the gateway must not: credentials that could go elsewhere, doubts about who matches.</summary>
internal static partial class RouteRules
{
    private static readonly TimeSpan MatchTimeout = TimeSpan.FromSeconds(1);

    /// <returns>Sentences, each naming key, value and rule.</returns>
    public static IEnumerable<string> Check(
        IReadOnlyList<RouteConfig> routes, IReadOnlyList<ClusterConfig> clusters, IReadOnlyDictionary<string, Provider> providers)
    {
        var clustersById = clusters.GroupBy(static cluster => cluster.ClusterId, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(static group => group.Key, static group => group.First(), StringComparer.OrdinalIgnoreCase);
        return routes.SelectMany(route => CheckRoute(route, clustersById.GetValueOrDefault(route.ClusterId ?? ""), providers))
            .Concat(RouteOverlaps.Find(routes));
    }

    private static IEnumerable<string> CheckRoute(
        RouteConfig route, ClusterConfig? cluster, IReadOnlyDictionary<string, Provider> providers) =>
        CredentialRoute.TransformsOf(route).ToArray() switch
        {
            [] => CheckOpen(route, cluster, providers),
            [var one] => CheckCredential(route, one, cluster, providers),
            [_, var second, ..] => [$"{RouteKeys.Of(route, second)}:Credential: a route has one credential, not several"],
        };

    private static IEnumerable<string> CheckCredential(
        RouteConfig route, IReadOnlyDictionary<string, string> transform, ClusterConfig? cluster, IReadOnlyDictionary<string, Provider> providers)
    {
        var name = transform[RouteCredentialParser.CredentialKey];
        if (!providers.TryGetValue(name, out var provider))
        {
            return [$"{RouteKeys.Of(route, transform)}:Credential: '{name}' is no configured provider"];
        }

        var errors = CheckDestinations(route, cluster, provider);
        return provider.OAuth is null && transform.GetValueOrDefault(RouteCredentialParser.ScopeKey) is { Length: > 0 } scope
            ? errors.Prepend($"{RouteKeys.Of(route, transform)}:Scope: '{scope}' can't be checked, provider '{name}' is of kind Secret and has no scopes")
            : errors;
    }

    private static IEnumerable<string> CheckDestinations(RouteConfig route, ClusterConfig? cluster, Provider provider)
    {
        var destinations = DestinationsOf(cluster).ToArray();
        if (destinations.Length == 0)
        {
            yield return $"{RouteKeys.Of(route)}:ClusterId: '{route.ClusterId}' is no cluster with a destination; the route needs one with '{provider.Origin}'";
        }

        foreach (var (key, address) in destinations.Where(destination => !IsOrigin(provider.Origin, destination.Address)))
        {
            yield return $"{key}: '{address}' is not the Origin '{provider.Origin}' of provider '{provider.Name}', whose credential route '{route.RouteId}' sends there";
        }

        if (cluster?.HttpClient?.DangerousAcceptAnyServerCertificate == true && !destinations.All(static one => IsLoopback(one.Address)))
        {
            yield return $"ReverseProxy:Clusters:{cluster.ClusterId}:HttpClient:DangerousAcceptAnyServerCertificate: a credential is sent to a server that proves who it is";
        }
    }

    private static IEnumerable<string> CheckOpen(
        RouteConfig route, ClusterConfig? cluster, IReadOnlyDictionary<string, Provider> providers) =>
        from destination in DestinationsOf(cluster)
        let provider = providers.Values.FirstOrDefault(provider => Covers(provider.Origin, destination.Address))
        where provider is not null
        select $"{destination.Key}: '{destination.Address}' is the Origin of provider '{provider.Name}', but route '{route.RouteId}' has no Credential";

    private static IEnumerable<(string Key, string Address)> DestinationsOf(ClusterConfig? cluster) =>
        cluster?.Destinations?.Select(one => (RouteKeys.Address(cluster.ClusterId, one.Key), one.Value.Address ?? "")) ?? [];

    // A template of hosts is the same only if it is the same text: what it expands to is known per connection, not here.
    private static bool IsOrigin(UriTemplate origin, string address) =>
        origin.FieldNames.Count > 0 || !Uri.TryCreate(address, UriKind.Absolute, out var uri)
            ? address.TrimEnd('/').Equals(origin.Text.TrimEnd('/'), StringComparison.OrdinalIgnoreCase)
            : uri.AbsoluteUri.TrimEnd('/') == new Uri(origin.Text).AbsoluteUri.TrimEnd('/');

    private static bool IsLoopback(string address) => Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.IsLoopback;

    private static bool Covers(UriTemplate origin, string address)
    {
        var pattern = Regex.Replace(Regex.Escape(Authority(origin.Text)), @"\\\{[^}]*}", "[A-Za-z0-9_-]+", RegexOptions.None, MatchTimeout);
        return Regex.IsMatch(Authority(address), $"^{pattern}$", RegexOptions.IgnoreCase, MatchTimeout)
            || Authority(address).Equals(Authority(origin.Text), StringComparison.OrdinalIgnoreCase);
    }

    // Scheme left aside: the same host over another scheme is no other third party.
    private static string Authority(string address)
    {
        var start = address.IndexOf("://", StringComparison.Ordinal);
        var rest = start < 0 ? address : address[(start + 3)..];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        var authority = slash < 0 ? rest : rest[..slash];
        return DefaultPort.Replace(authority, "");
    }

    [GeneratedRegex(":(?:80|443)$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex DefaultPort { get; }
}

/// <summary>Finds routes between which ASP.NET could not decide: it would tell the first caller, with a 500.</summary>
internal static partial class RouteOverlaps
{
    public static IEnumerable<string> Find(IReadOnlyList<RouteConfig> routes) =>
        from first in Enumerable.Range(0, routes.Count)
        from second in Enumerable.Range(first + 1, routes.Count - first - 1)
        where MatchAlike(routes[first], routes[second])
        select $"{RouteKeys.Of(routes[second])}:Match: matches what '{routes[first].RouteId}' matches; change Path, Methods, Hosts or Order";

    private static bool MatchAlike(RouteConfig left, RouteConfig right) =>
        left.Order.GetValueOrDefault() == right.Order.GetValueOrDefault()
        && Shape(left.Match?.Path) == Shape(right.Match?.Path)
        && Meet(left.Match?.Methods, right.Match?.Methods)
        && Meet(left.Match?.Hosts, right.Match?.Hosts)
        && SameNames(left.Match?.Headers?.Select(static header => Describe(header.Name, header.Mode, header.Values)),
            right.Match?.Headers?.Select(static header => Describe(header.Name, header.Mode, header.Values)))
        && SameNames(left.Match?.QueryParameters?.Select(static query => Describe(query.Name, query.Mode, query.Values)),
            right.Match?.QueryParameters?.Select(static query => Describe(query.Name, query.Mode, query.Values)));

    // Names, defaults and question marks of parameters do not tell routes apart, constraints do.
    private static string Shape(string? path) =>
        Parameter.Replace((path ?? "{**all}").Trim('/').ToUpperInvariant(), "{${star}${constraint}}");

    // A route that names methods or hosts is preferred over one that names none, so only two of a kind can clash.
    private static bool Meet(IReadOnlyList<string>? left, IReadOnlyList<string>? right) =>
        (left ?? []).Count == 0 || (right ?? []).Count == 0
            ? (left ?? []).Count == (right ?? []).Count
            : left!.Intersect(right!, StringComparer.OrdinalIgnoreCase).Any();

    private static bool SameNames(IEnumerable<string>? left, IEnumerable<string>? right) =>
        new HashSet<string>(left ?? [], StringComparer.OrdinalIgnoreCase).SetEquals(right ?? []);

    private static string Describe<TMode>(string name, TMode mode, IReadOnlyList<string>? values) =>
        $"{name} {mode} {string.Join(',', values ?? [])}";

    [GeneratedRegex(
        @"\{(?<star>\*)?\*?[^}:=?]*(?<constraint>:[^}=?]*)?(=[^}]*|\?)?\}",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Parameter { get; }
}

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
