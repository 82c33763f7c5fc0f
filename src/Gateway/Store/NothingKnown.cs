using Gateway.Credentials.Connections;
using Gateway.Credentials.Storage;

namespace Gateway.Store;

/// <summary>A process that keeps nothing in memory, and so can give nothing back.</summary>
internal sealed class NothingKnown : IKnownConnections
{
    public Connection? Find(ConnectionId id, TimeSpan confirmedWithin) => null;
}
