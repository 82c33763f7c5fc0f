namespace Gateway.Model;

/// <summary>The right to refresh one connection, for a while. It saves work; correctness comes from the compare-and-set.</summary>
/// <param name="Connection">What may be refreshed.</param>
/// <param name="Owner">Random, 128 bits: only its owner renews or releases a lease.</param>
/// <param name="Fence">Grows with every lease of the connection; a write with an older one is refused.</param>
public sealed record Lease(ConnectionId Connection, string Owner, long Fence);
