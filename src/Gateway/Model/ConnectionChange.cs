namespace Gateway.Model;

/// <summary>Word from the store that a connection changed, perhaps on another instance.</summary>
/// <param name="Connection">Which; null when word may have been missed and everything should be read again.</param>
/// <param name="Generation">The generation now stored; 0 when the connection was removed.</param>
public readonly record struct ConnectionChange(ConnectionId? Connection, long Generation);
