using System.Collections.Concurrent;

using Gateway.Model;
using Gateway.Store.Records;
using Gateway.Store.Redis;

using StackExchange.Redis;

namespace Gateway.Store.Listing;

/// <summary>
/// Keeps a provider's index true to its records. Index and record may be on different nodes, so they can't change in one step; instead
/// whoever wrote the index looks at the record again, and if that is no longer the one he indexed, indexes anew. Whoever comes last
/// has then seen the last record. A name is entered before its record is born: a listing may meet a name without a record, never miss one.
/// </summary>
internal sealed class ConnectionIndex(RedisCalls calls, ProviderCatalog providers, TimeProvider clock)
{
    private const int Rounds = 8;

    // Connections whose record was written while the index could not be; added by writers, taken by RepairAsync. Lost with the process: the
    // next write of the connection corrects the index too.
    private readonly ConcurrentDictionary<ConnectionId, bool> _pending = new();

    public async ValueTask EnterAsync(ConnectionId id, CancellationToken cancellationToken) => await calls.RunAsync(
        "index",
        db => Task.WhenAll(db.SetAddAsync(RedisKeys.Providers, id.Provider), db.SortedSetAddAsync(RedisKeys.Names(id.Provider), id.Name, 0)),
        cancellationToken);

    /// <summary>Brings the index in line with the record; never fails, but catches up later.</summary>
    /// <param name="id">Whose.</param>
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

    /// <summary>Has the index of a connection held against its record by the next <see cref="RepairAsync"/>.</summary>
    public void MarkStale(ConnectionId id) => _pending[id] = true;

    /// <summary>Shows to operators that a connection is being renewed. Never fails: what is lost here is gone with the lease's end.</summary>
    /// <param name="id">Whose.</param>
    /// <param name="length">Of the lease; null when it has ended.</param>
    public async Task ShowLeaseAsync(ConnectionId id, TimeSpan? length)
    {
        try
        {
            await calls.RunAsync(
                "index",
                db => length is { } until ? AddLeaseAsync(db, id, clock.GetUtcNow() + until) : db.SortedSetRemoveAsync(RedisKeys.Leased(id.Provider), id.Name),
                CancellationToken.None);
        }
        catch (StoreUnavailableException)
        {
        }
    }

    /// <summary>Catches up with what <see cref="FollowAsync"/> could not do.</summary>
    public async ValueTask RepairAsync(CancellationToken cancellationToken)
    {
        foreach (var id in _pending.Keys)
        {
            // Taken before the record is read: a write that fails to index from here on is entered anew.
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

    private IndexEntry EntryOf(ConnectionId id, RedisValue stored) => IndexEntry.Of(StoredRecord.Parse(stored), providers.Find(id.Provider)?.OAuth);

    // A tombstone and nothing at all are the same to the index.
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
