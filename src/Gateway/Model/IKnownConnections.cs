namespace Gateway.Model;

/// <summary>What this process remembers of connections, for a store that finds that its server has forgotten.</summary>
internal interface IKnownConnections
{
    /// <summary>The connection as last read from the store or written to it; null when there is none, or none that was confirmed within that time.</summary>
    Connection? Find(ConnectionId id, TimeSpan confirmedWithin);
}
