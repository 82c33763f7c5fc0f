namespace Gateway.Admin;

/// <summary>The routes of the configuration in force, for operators to read; who loads the configuration fills it.</summary>
public sealed class RouteCatalog
{
    // Written by the configuration reload only: one reference to an immutable list, so that a reader sees either the old routes or the new.
    private volatile IReadOnlyList<RouteView> _routes = [];

    public IReadOnlyList<RouteView> All => _routes;

    public void Replace(IEnumerable<RouteView> routes) => _routes = [.. routes.OrderBy(static route => route.Id, StringComparer.Ordinal)];
}
