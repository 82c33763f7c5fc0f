namespace Gateway.Model;

/// <summary>
/// What remembers connections: Redis (or the embedded server) in production, memory in tests. Every member throws
/// <see cref="StoreUnavailableException"/> when the store can't answer in time or can't read what it holds.
/// </summary>
public interface IConnectionStore
{
    /// <summary>The stored connection; null when nothing is stored under that name.</summary>
    ValueTask<Connection?> ReadAsync(ConnectionId id, CancellationToken cancellationToken);

    /// <summary>
    /// Compare-and-set in one step: writes <paramref name="next"/> only if the stored generation is
    /// <paramref name="expectedGeneration"/> (0: nothing is stored) and no newer fence has written, then tells all instances.
    /// A connection that is created after a removal continues the removed one's generations: see the generation of the result.
    /// </summary>
    /// <returns>What is stored now, or null when the comparison failed and nothing was written.</returns>
    ValueTask<Connection?> TryWriteAsync(Connection next, long expectedGeneration, CancellationToken cancellationToken);

    /// <summary>
    /// Records an intent before a token call, in one step: writes <paramref name="intended"/> only if its generation is the stored one, no
    /// newer fence has written and the lease is still this owner's, which is then extended. Nobody is told: the token is what it was.
    /// </summary>
    /// <returns>False when nothing was written, and no call may be made.</returns>
    ValueTask<bool> TryIntendAsync(Connection intended, Lease lease, TimeSpan length, CancellationToken cancellationToken);

    /// <summary>Forgets a connection; what remains for a day is its generation, so that a refresh in flight can't revive it.</summary>
    /// <returns>False when there was nothing to forget.</returns>
    ValueTask<bool> RemoveAsync(ConnectionId id, CancellationToken cancellationToken);

    /// <summary>Takes the right to refresh; null when another owner holds it.</summary>
    ValueTask<Lease?> TryLeaseAsync(ConnectionId id, TimeSpan length, CancellationToken cancellationToken);

    /// <summary>Extends a lease that is still held; false when it was lost.</summary>
    ValueTask<bool> RenewAsync(Lease lease, TimeSpan length, CancellationToken cancellationToken);

    /// <summary>Gives a lease back, if it is still this owner's.</summary>
    ValueTask ReleaseAsync(Lease lease, CancellationToken cancellationToken);

    /// <summary>True while some instance holds the lease.</summary>
    ValueTask<bool> IsLeasedAsync(ConnectionId id, CancellationToken cancellationToken);

    /// <summary>One page; a shorter one than asked for is the last.</summary>
    ValueTask<IReadOnlyList<Connection>> ListAsync(ConnectionQuery query, CancellationToken cancellationToken);

    /// <summary>Counts without reading connections.</summary>
    ValueTask<ConnectionTally> TallyAsync(string provider, CancellationToken cancellationToken);

    /// <summary>Calls <paramref name="changed"/> for every change on any instance, until disposed. It must return at once.</summary>
    IDisposable Subscribe(Action<ConnectionChange> changed);
}

/// <summary>The right to refresh one connection, for a while. It saves work; correctness comes from the compare-and-set.</summary>
/// <param name="Connection">What may be refreshed.</param>
/// <param name="Owner">Random, 128 bits: only its owner renews or releases a lease.</param>
/// <param name="Fence">Grows with every lease of the connection; a write with an older one is refused.</param>
public sealed record Lease(ConnectionId Connection, string Owner, long Fence);

/// <summary>A page of connections, ordered by provider and name.</summary>
/// <param name="Provider">Only this provider; null for all.</param>
/// <param name="Status">Only this status; null for all.</param>
/// <param name="After">The last connection of the page before; null for the first page.</param>
/// <param name="Limit">1 to 1000.</param>
public sealed record ConnectionQuery(string? Provider, ConnectionStatus? Status, ConnectionId? After, int Limit);

/// <summary>How a provider's connections stand, for the gauges.</summary>
/// <param name="Ready">Connections that serve.</param>
/// <param name="Unavailable">Connections whose refreshes fail.</param>
/// <param name="ReauthorizationRequired">Connections with a dead grant.</param>
/// <param name="Refreshing">Connections that some instance is renewing now.</param>
/// <param name="EarliestExpiry">The token that expires first; null when there is none.</param>
public sealed record ConnectionTally(
    long Ready, long Unavailable, long ReauthorizationRequired, long Refreshing, DateTimeOffset? EarliestExpiry)
{
    /// <summary>Connections whose renewal is due and that no instance has taken on yet.</summary>
    public long RenewalsDue { get; init; }

    /// <summary>For how long the most overdue of them has been due; zero when there is none.</summary>
    public TimeSpan RenewalLag { get; init; }
}

/// <summary>The store is out of reach, too slow, read-only, or holds a record that this process has no key for: a broken wire, never "absent".</summary>
public sealed class StoreUnavailableException : Exception
{
    public StoreUnavailableException()
    {
    }

    /// <param name="message">Without a secret and without a key name.</param>
    public StoreUnavailableException(string message)
        : base(message)
    {
    }

    public StoreUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>True when the store answers, but what it holds can't be opened here: asking again helps nobody before the keys are mended.</summary>
    public bool IsUnreadable { get; init; }
}

/// <summary>What this process remembers of connections, for a store that finds that its server has forgotten.</summary>
internal interface IKnownConnections
{
    /// <summary>The connection as last read from the store or written to it; null when there is none, or none that was confirmed within that time.</summary>
    Connection? Find(ConnectionId id, TimeSpan confirmedWithin);
}
