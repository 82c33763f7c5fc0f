using System.ComponentModel;

namespace Gateway.Admin;

/// <summary>A route as configured.</summary>
/// <param name="Id">The key under <c>ReverseProxy:Routes</c>.</param>
/// <param name="Path">The path pattern; null when the route matches any.</param>
/// <param name="Methods">Empty: any that the provider takes.</param>
/// <param name="Provider">Null when the route injects nothing.</param>
/// <param name="Connection">The selector as configured: a name, <c>{routeValue}</c>, <c>header:Name</c>; null when the route injects nothing.</param>
/// <param name="Replay"><c>Always</c>, <c>Safe</c> or <c>Never</c>; null when the route injects nothing.</param>
/// <param name="Scope">What the connection must have been granted; null for none.</param>
/// <param name="Destination">The address that the route's cluster forwards to.</param>
[Description("A route of the configuration in force.")]
public sealed record RouteView(
    string Id,
    string? Path,
    IReadOnlyList<string> Methods,
    [property: Description("Null when the route injects nothing.")] string? Provider,
    [property: Description("A name, {routeValue} or header:Name.")] string? Connection,
    [property: Description("Always, Safe or Never")] string? Replay,
    [property: Description("What the connection must have been granted; null for none.")] string? Scope,
    string? Destination);
