using System.Text.RegularExpressions;

using Gateway.Credentials;
using Gateway.Routing;

using Yarp.ReverseProxy.Configuration;

namespace Gateway.Forwarding.Routes;

/// <summary>What YARP would accept and the gateway must not: credentials that could go elsewhere, doubts about who matches.</summary>
internal static partial class RouteRules
{
    private static readonly TimeSpan MatchTimeout = TimeSpan.FromSeconds(1);

    /// <returns>Sentences, each naming route, value and rule.</returns>
    public static IEnumerable<string> Check(
        IReadOnlyList<RouteConfig> routes, IReadOnlyList<ClusterConfig> clusters, IReadOnlyDictionary<string, Provider> providers)
    {
        var clustersById = clusters.GroupBy(static cluster => cluster.ClusterId, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(static group => group.Key, static group => group.First(), StringComparer.OrdinalIgnoreCase);
        return routes.SelectMany(route => CheckRoute(route, clustersById.GetValueOrDefault(route.ClusterId ?? ""), providers))
            .Concat(RouteOverlaps.Find(routes));
    }

    private static IEnumerable<string> CheckRoute(
        RouteConfig route, ClusterConfig? cluster, IReadOnlyDictionary<string, Provider> providers)
    {
        var transforms = CredentialRoute.TransformsOf(route).ToArray();
        var errors = transforms switch
        {
            [] => CheckOpen(cluster, providers),
            [var one] => CheckCredential(one, route.ClusterId, cluster, providers),
            _ => ["Credential: a route has one credential, not several"],
        };
        return errors.Select(error => $"Route '{route.RouteId}': {error}");
    }

    private static IEnumerable<string> CheckCredential(
        IReadOnlyDictionary<string, string> transform, string? clusterId, ClusterConfig? cluster, IReadOnlyDictionary<string, Provider> providers)
    {
        var name = transform[RouteCredentialParser.CredentialKey];
        if (!providers.TryGetValue(name, out var provider))
        {
            yield return $"Credential: '{name}' is no configured provider";
            yield break;
        }

        if (provider.OAuth is null && transform.GetValueOrDefault(RouteCredentialParser.ScopeKey) is { Length: > 0 } scope)
        {
            yield return $"Scope: '{scope}' can't be checked, provider '{name}' is of kind Secret and has no scopes";
        }

        var destinations = AddressesOf(cluster).ToArray();
        if (destinations.Length == 0)
        {
            yield return $"ClusterId: '{clusterId}' is no cluster with a destination; the route needs one with '{provider.Origin}'";
        }

        foreach (var address in destinations.Where(address => !IsOrigin(provider.Origin, address)))
        {
            yield return $"Destinations: '{address}' is not the Origin '{provider.Origin}' of provider '{name}'";
        }

        if (cluster?.HttpClient?.DangerousAcceptAnyServerCertificate == true && !destinations.All(IsLoopback))
        {
            yield return "DangerousAcceptAnyServerCertificate: a credential is sent to a server that proves who it is";
        }
    }

    private static IEnumerable<string> CheckOpen(ClusterConfig? cluster, IReadOnlyDictionary<string, Provider> providers) =>
        from address in AddressesOf(cluster)
        let provider = providers.Values.FirstOrDefault(provider => Covers(provider.Origin, address))
        where provider is not null
        select $"Destinations: '{address}' is the Origin of provider '{provider.Name}', but the route has no Credential";

    private static IEnumerable<string> AddressesOf(ClusterConfig? cluster) =>
        cluster?.Destinations?.Values.Select(static destination => destination.Address) ?? [];

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
