using System.Collections.Concurrent;

using Gateway.Model;
using Gateway.Store.Records;
using Gateway.Store.Redis;

using StackExchange.Redis;

namespace Gateway.Store.Index;

/// <summary>
/// Keeps a provider's index consistent with its records. Index and record may lie on different nodes and can't change in one step. Instead
/// the writer of the index reads the record again afterwards and indexes anew when it has changed, so that the last writer has seen the
/// last record. A name is entered before its record is created: a listing may contain a name without a record, and never misses one.
/// </summary>
internal sealed class ConnectionIndex(RedisCalls calls, ProviderCatalog providers, TimeProvider clock)
{
    private const int Rounds = 8;

    // Connections whose index may be stale; added by writers on any thread, removed by RepairAsync. Lost with the process: the next write
    // of the connection corrects the index too.
    private readonly ConcurrentDictionary<ConnectionId, bool> _pending = new();

    /// <summary>Enters the provider and the name, before a record is created.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public async ValueTask EnterAsync(ConnectionId id, CancellationToken cancellationToken) => await calls.RunAsync(
        "index",
        db => Task.WhenAll(db.SetAddAsync(RedisKeys.Providers, id.Provider),
            db.SortedSetAddAsync(RedisKeys.Names(id.Provider), id.Name, 0)),
        cancellationToken);

    /// <summary>Updates the index from the record. Does not throw: what fails is repaired later.</summary>
    /// <param name="stored">The record as just written; null when just removed.</param>
    public async ValueTask FollowAsync(ConnectionId id, RedisValue stored)
    {
        try
        {
            for (var round = 0; round < Rounds; round++)
            {
                var indexed = stored;
                stored = await calls.RunAsync("index", db => WriteAndReadAsync(db, id, EntryOf(id, indexed)), CancellationToken.None);
                if (SameRecord(stored, indexed))
                {
                    return;
                }
            }
        }
        catch (StoreUnavailableException)
        {
        }

        _pending[id] = true;
    }

    /// <summary>
    /// Has the next <see cref="RepairAsync"/> update the index of a connection: a write without an answer may have happened.
    /// </summary>
    public void MarkStale(ConnectionId id) => _pending[id] = true;

    /// <summary>
    /// Shows to operators that a connection is being renewed. Does not throw: an entry that is lost is gone with the lease's end.
    /// </summary>
    /// <param name="length">Of the lease; null when it has ended.</param>
    public async Task ShowLeaseAsync(ConnectionId id, TimeSpan? length)
    {
        try
        {
            await calls.RunAsync(
                "index",
                db => length is { } until
                    ? AddLeaseAsync(db, id, clock.GetUtcNow() + until)
                    : db.SortedSetRemoveAsync(RedisKeys.Leased(id.Provider), id.Name),
                CancellationToken.None);
        }
        catch (StoreUnavailableException)
        {
        }
    }

    /// <summary>Updates the index of all stale connections.</summary>
    public async ValueTask RepairAsync(CancellationToken cancellationToken)
    {
        foreach (var id in _pending.Keys)
        {
            // Removed before the record is read: a write that fails to index from here on adds the connection again.
            _pending.TryRemove(id, out _);
            try
            {
                await FollowAsync(id, await calls.RunAsync("read", db => db.StringGetAsync(RedisKeys.Connection(id)), cancellationToken));
            }
            catch (StoreUnavailableException)
            {
                _pending[id] = true;
                return;
            }
        }
    }

    private async Task<bool> AddLeaseAsync(IDatabase db, ConnectionId id, DateTimeOffset end)
    {
        var key = RedisKeys.Leased(id.Provider);
        var past = db.SortedSetRemoveRangeByScoreAsync(key, double.NegativeInfinity, clock.GetUtcNow().ToUnixTimeMilliseconds());
        var added = await db.SortedSetAddAsync(key, id.Name, end.ToUnixTimeMilliseconds());
        await past;
        return added;
    }

    private IndexEntry EntryOf(ConnectionId id, RedisValue stored) =>
        IndexEntry.Of(StoredRecord.Parse(stored), providers.Find(id.Provider)?.OAuth);

    // To the index, a tombstone equals no record.
    private static bool SameRecord(RedisValue left, RedisValue right) =>
        left == right || (StoredRecord.Parse(left) is null && StoredRecord.Parse(right) is null);

    private static async Task<RedisValue> WriteAndReadAsync(IDatabase db, ConnectionId id, IndexEntry entry)
    {
        await Task.WhenAll(
            Place(db, RedisKeys.Names(id.Provider), id.Name, entry.Exists ? 0 : null),
            Place(db, RedisKeys.Dead(id.Provider), id.Name, entry.IsDead ? 0 : null),
            Place(db, RedisKeys.Failing(id.Provider), id.Name, entry.FailingFrom),
            Place(db, RedisKeys.Expiry(id.Provider), id.Name, entry.ExpiresAt),
            Place(db, RedisKeys.Due(id.Provider), id.Name, entry.DueAt));
        return await db.StringGetAsync(RedisKeys.Connection(id));
    }

    private static Task<bool> Place(IDatabase db, RedisKey set, string name, double? score) =>
        score is { } value ? db.SortedSetAddAsync(set, name, value) : db.SortedSetRemoveAsync(set, name);
}

/// <summary>
/// What the index holds of one connection. The status at any later moment follows from it, so that it needs no update as time passes.
/// </summary>
/// <param name="FailingFrom">
/// Unix milliseconds from which the connection counts as unavailable; null when its last refresh did not fail, or it is dead.
/// </param>
/// <param name="ExpiresAt">Unix milliseconds at which its token expires; null without a token, or with a token that never expires.</param>
/// <param name="DueAt">Unix milliseconds at which it is to be renewed in the background; null when it is not.</param>
internal readonly record struct IndexEntry(bool Exists, bool IsDead, double? FailingFrom, double? ExpiresAt, double? DueAt)
{
    /// <param name="stored">The record; null for a tombstone and where nothing is stored.</param>
    /// <param name="client">How the provider renews; null when it does not, or is not configured.</param>
    public static IndexEntry Of(StoredRecord? stored, OAuthClient? client)
    {
        if (stored is not { Body: var body } record)
        {
            return default;
        }

        var isDead = body.DeadSince is not null;
        var isRejected = record.IsRejected;
        double? expiry = body.ExpiresAt?.ToUnixTimeMilliseconds();
        return new IndexEntry(
            Exists: true,
            isDead,
            body.LastFailure is null || isDead ? null : isRejected ? 0 : expiry ?? 0,
            body.ExpiresAt == DateTimeOffset.MaxValue ? null : expiry,
            DueOf(record, client));
    }

    /// <summary>Jittered anew each time, so that connections that were renewed together are not renewed together again.</summary>
    public static double? DueOf(StoredRecord record, OAuthClient? client)
    {
        var terms = new RenewalTerms
        {
            IsDead = record.Body.DeadSince is not null,
            HasRefreshToken = record.Body.SealedRefreshToken is not null,
            IsRejected = record.IsRejected,
            ExpiresAt = record.Body.ExpiresAt,
            RefreshedAt = record.Body.RefreshedAt,
            RetryAt = record.Body.LastFailure?.RetryAt,
        };

        // Never below 0: a negative score marks the next sweep (RedisRenewalSchedule).
        return terms.UnaskedAt(client, Random.Shared.NextDouble()) is { } due ? Math.Max(0, due.ToUnixTimeMilliseconds()) : null;
    }
}
