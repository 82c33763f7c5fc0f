using System.Text.RegularExpressions;

using Yarp.ReverseProxy.Configuration;

namespace Gateway.Proxy.Routes;

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
