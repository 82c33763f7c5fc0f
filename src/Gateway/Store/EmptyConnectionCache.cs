using Gateway.Model;

namespace Gateway.Store;

/// <summary>A process that keeps nothing in memory, and so can give nothing back.</summary>
internal sealed class EmptyConnectionCache : IKnownConnections
{
    public Connection? Find(ConnectionId id, TimeSpan confirmedWithin) => null;
}
