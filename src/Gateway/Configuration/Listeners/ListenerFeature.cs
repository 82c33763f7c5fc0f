using System.Collections.Frozen;

namespace Gateway.Configuration.Listeners;

/// <summary>The listener that a connection came in on: a fact of the socket, out of a request's reach.</summary>
internal sealed class ListenerFeature
{
    private static readonly FrozenDictionary<GatewayListener, ListenerFeature> All =
        Enum.GetValues<GatewayListener>().ToFrozenDictionary(static listener => listener, static listener => new ListenerFeature(listener));

    private ListenerFeature(GatewayListener listener) => Listener = listener;

    public GatewayListener Listener { get; }

    public static ListenerFeature Of(GatewayListener listener) => All[listener];
}
