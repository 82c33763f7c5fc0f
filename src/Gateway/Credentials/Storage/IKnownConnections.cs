using Gateway.Credentials.Connections;

namespace Gateway.Credentials.Storage;

/// <summary>What this process remembers of connections, for a store that finds that its server has forgotten.</summary>
internal interface IKnownConnections
{
    /// <summary>The connection as last learned from the store or written to it; null when not known, or not confirmed for as long as that.</summary>
    Connection? Find(ConnectionId id, TimeSpan confirmedWithin);
}
