using System.Security.Cryptography;
using System.Text;

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
    /// The first of the two steps of a refresh: if the stored token is still the given one, no backoff runs and no instance holds the
    /// lease, takes the lease, records the intent and returns the connection; otherwise returns what is stored and why. One step at the
    /// store. The same attempt may ask again when an answer was lost; while the outcome is unknown, it has to be released.
    /// </summary>
    ValueTask<RefreshBegun> BeginAsync(RefreshBegin begin, CancellationToken cancellationToken);

    /// <summary>
    /// The second step: compare-and-set as <see cref="TryWriteAsync"/>, and the lease and the intent of the attempt end with it. One step
    /// at the store; the index follows later.
    /// </summary>
    ValueTask<CommitOutcome> CommitAsync(PendingWrite write, CancellationToken cancellationToken);

    /// <summary>Remembers that new tokens do not help this path (<see cref="RejectionLimits.KeyOf"/>).</summary>
    ValueTask DenyPathAsync(ConnectionId id, string path, CancellationToken cancellationToken);

    /// <summary>Forgets a denied path. If it caused the last refresh, that one helped, and its token goes back into the bucket.</summary>
    ValueTask AllowPathAsync(ConnectionId id, string path, CancellationToken cancellationToken);

    /// <summary>Forgets a connection; what remains for a day is its generation, so that a refresh in flight can't revive it.</summary>
    /// <returns>False when there was nothing to forget.</returns>
    ValueTask<bool> RemoveAsync(ConnectionId id, CancellationToken cancellationToken);

    /// <summary>Takes the right to refresh; null when another owner holds it.</summary>
    ValueTask<Lease?> TryLeaseAsync(ConnectionId id, TimeSpan length, CancellationToken cancellationToken);

    /// <summary>Extends a lease that is still held; false when it was lost.</summary>
    ValueTask<bool> RenewAsync(Lease lease, TimeSpan length, CancellationToken cancellationToken);

    /// <summary>Gives back a lease, and the intent of the same attempt, if they are still this owner's.</summary>
    /// <returns>False when there was nothing to give back.</returns>
    ValueTask<bool> ReleaseAsync(Lease lease, CancellationToken cancellationToken);

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
/// <param name="Owner">Only its owner renews or releases a lease.</param>
/// <param name="Fence">Grows with every lease of the connection; a write with an older one is refused.</param>
public sealed record Lease(ConnectionId Connection, AttemptId Owner, long Fence);

/// <summary>What a refresh is begun with.</summary>
/// <param name="TokenGeneration">The generation of the token that is refused or due.</param>
public sealed record RefreshBegin(ConnectionId Connection, AttemptId Owner, long TokenGeneration, TimeSpan Length)
{
    /// <summary>Begin also when nothing is stored yet.</summary>
    public bool MayCreate { get; init; }

    /// <summary>Return what is stored and begin nothing.</summary>
    public bool LooksOnly { get; init; }

    /// <summary>An operator asks: also while a backoff runs, and past an interrupted refresh.</summary>
    public bool IsManual { get; init; }

    /// <summary>Take the lease whatever the stored token and backoff say: the caller has looked at them.</summary>
    public bool Insists { get; init; }

    /// <summary>False when the call spends nothing (client credentials): no intent is recorded.</summary>
    public bool RecordsIntent { get; init; } = true;

    /// <summary>An instance known to be dead, and whose journal is replayed: its lease and intent are taken over. Null for none.</summary>
    public string? DeadInstance { get; init; }

    /// <summary>See <see cref="OAuthClient.ReuseGrace"/>.</summary>
    public TimeSpan ReuseGrace { get; init; }

    /// <summary>See <see cref="OAuthClient.InterruptedWait"/>.</summary>
    public TimeSpan InterruptedWait { get; init; }

    /// <summary><see cref="RejectionLimits.KeyOf"/> the 401 that is the cause, checked and debited; null for another cause.</summary>
    public string? Path { get; init; }
}

/// <summary>The answer to a <see cref="RefreshBegin"/>.</summary>
/// <param name="Stored">The connection; null when nothing is stored, and for <see cref="BeginState.Denied"/>.</param>
public sealed record RefreshBegun(BeginState State, Connection? Stored)
{
    /// <summary>For <see cref="BeginState.Begun"/>.</summary>
    public Lease? Lease { get; init; }

    /// <summary>
    /// For <see cref="BeginState.Interrupted"/> the intent without an end; for <see cref="BeginState.Begun"/> the one that was taken over,
    /// or null.
    /// </summary>
    public RefreshIntent? Open { get; init; }

    /// <summary>The instance that has the lease, for <see cref="BeginState.Held"/>; null when it is of an older version.</summary>
    public string? Holder { get; init; }

    /// <summary>The remaining time, for <see cref="BeginState.Denied"/>.</summary>
    public TimeSpan DeniedFor { get; init; }
}

/// <summary>How the begin of a refresh ended.</summary>
public enum BeginState
{
    /// <summary>There is nothing to begin: what is stored says why.</summary>
    Idle,

    /// <summary>The lease is taken, the intent recorded: call, then commit.</summary>
    Begun,

    /// <summary>Another attempt has the lease.</summary>
    Held,

    /// <summary>Another instance began and did not commit; the grant may be spent.</summary>
    Interrupted,

    /// <summary>New tokens do not help this method and path.</summary>
    Denied,

    /// <summary>Too many 401s of this connection have caused a refresh lately.</summary>
    Limited,
}

/// <summary>The answer to a commit.</summary>
/// <param name="Written">What is stored now; null when the comparison failed.</param>
/// <param name="Found">What is stored instead; null when nothing is.</param>
public sealed record CommitOutcome(Connection? Written, Connection? Found);

/// <summary>How refreshes that 401s cause are bounded, for each connection (401 rule 5).</summary>
public static class RejectionLimits
{
    /// <summary>The denied paths of one connection at a time; the oldest is forgotten first.</summary>
    public const int MaxPaths = 256;

    /// <summary>The size of the bucket: refreshes at once.</summary>
    public const int Burst = 5;

    /// <summary>The time after which the bucket gets one more token.</summary>
    public static readonly TimeSpan Refill = TimeSpan.FromSeconds(30);

    /// <summary>How long a denied path is remembered.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    /// <summary>Names a method and path, with a fixed length and without the identifiers in the path.</summary>
    public static string KeyOf(string method, string path) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{method} {path}")).AsSpan(0, 16));
}

/// <summary>A page of connections, ordered by provider and name. A provider or status that is null means all.</summary>
/// <param name="After">The last connection of the page before; null for the first page.</param>
/// <param name="Limit">1 to 1000.</param>
public sealed record ConnectionQuery(string? Provider, ConnectionStatus? Status, ConnectionId? After, int Limit);

/// <summary>How a provider's connections stand, for the gauges.</summary>
/// <param name="EarliestExpiry">The token that expires first; null when there is none.</param>
public sealed record ConnectionTally(
    long Ready, long Unavailable, long ReauthorizationRequired, long Refreshing, DateTimeOffset? EarliestExpiry)
{
    /// <summary>Connections whose renewal is due and that no instance has claimed.</summary>
    public long RenewalsDue { get; init; }

    /// <summary>For how long the most overdue of them has been due; zero when there is none.</summary>
    public TimeSpan RenewalLag { get; init; }
}

/// <summary>The store is unavailable, too slow or read-only, or has a record that no key of this process opens; never "absent".</summary>
/// <param name="message">Without a secret and without a key name.</param>
public sealed class StoreUnavailableException(string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>True when the store answers, but the record can't be opened: a retry fails until the keys are corrected.</summary>
    public bool IsUnreadable { get; init; }
}

/// <summary>What this process remembers of connections, for a store that finds that its server has forgotten.</summary>
internal interface IKnownConnections
{
    /// <summary>The connection as last read from or written to the store; null when none was confirmed within that time.</summary>
    Connection? Find(ConnectionId id, TimeSpan confirmedWithin);
}
