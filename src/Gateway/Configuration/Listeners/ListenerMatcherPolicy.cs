using Microsoft.AspNetCore.Routing.Matching;

namespace Gateway.Configuration.Listeners;

/// <summary>
/// Splits every node of the route matcher by listener, before any other policy looks at it: what another listener serves can't even
/// be seen as "method not allowed". Paths are compared by the matcher alone, so their encoding makes no difference.
/// </summary>
internal sealed class ListenerMatcherPolicy : MatcherPolicy, INodeBuilderPolicy
{
    /// <summary>Before the framework's policies; the one for methods, the earliest, is at -1000.</summary>
    public override int Order => -2000;

    public bool AppliesToEndpoints(IReadOnlyList<Endpoint> endpoints) => endpoints.Count > 0;

    public IReadOnlyList<PolicyNodeEdge> GetEdges(IReadOnlyList<Endpoint> endpoints) =>
        [.. Enum.GetValues<GatewayListener>().Select(listener => new PolicyNodeEdge(listener, [.. endpoints.Where(endpoint => IsServedBy(endpoint, listener))]))];

    public PolicyJumpTable BuildJumpTable(int exitDestination, IReadOnlyList<PolicyJumpTableEdge> edges)
    {
        var destinations = new int[Enum.GetValues<GatewayListener>().Length];
        Array.Fill(destinations, exitDestination);
        foreach (var edge in edges)
        {
            destinations[(int)(GatewayListener)edge.State] = edge.Destination;
        }

        return new ListenerJumpTable(exitDestination, destinations);
    }

    private static bool IsServedBy(Endpoint endpoint, GatewayListener listener) =>
        endpoint.Metadata.GetMetadata<ListenerMetadata>()?.Listener == listener;

    private sealed class ListenerJumpTable(int exitDestination, int[] destinations) : PolicyJumpTable
    {
        public override int GetDestination(HttpContext httpContext) =>
            httpContext.Features.Get<ListenerFeature>() is { } feature ? destinations[(int)feature.Listener] : exitDestination;
    }
}
