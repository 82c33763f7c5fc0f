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
