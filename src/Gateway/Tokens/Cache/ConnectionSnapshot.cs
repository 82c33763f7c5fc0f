using System.Collections.Concurrent;

using Gateway.Model;

namespace Gateway.Tokens.Cache;

/// <summary>
/// What this process knows of connections, so that a warm request needs no I/O. Bounded: with more connections than
/// <paramref name="capacity"/>, those that no request used lately are forgotten (second chance, an approximate LRU).
/// </summary>
internal sealed class ConnectionSnapshot(TimeProvider clock, int capacity = ConnectionSnapshot.DefaultCapacity) : IKnownConnections
{
    public const int DefaultCapacity = 10_000;

    private const int AbsentCapacity = 1_000;

    // Read by every request without a lock; written under _gate.
    private readonly ConcurrentDictionary<ConnectionId, SnapshotEntry> _entries = new();

    // Guards the decision whether knowledge is newer, and the queue of candidates for eviction.
    private readonly Lock _gate = new();

    // Every entry of a connection that is or was stored stands here; a place may outlive its entry. Its length, not the map's, is what is
    // bounded.
    private readonly Queue<ConnectionId> _candidates = new();

    // The same for names that were never stored: callers may ask for any number of them, and these push no connection out.
    private readonly Queue<ConnectionId> _absent = new();

    private long _order;

    public SnapshotEntry? Find(ConnectionId id) => _entries.GetValueOrDefault(id);

    Connection? IKnownConnections.Find(ConnectionId id, TimeSpan confirmedWithin) =>
        Find(id) is { } entry && entry.LearnedAt > clock.GetUtcNow() - confirmedWithin ? entry.Connection : null;

    /// <summary>Those whose token was renewed, or whose grant was given, lately.</summary>
    public IReadOnlyList<ConnectionId> ChangedWithin(TimeSpan age)
    {
        var since = clock.GetUtcNow() - age;
        return
        [
            .. _entries.Values.Where(entry => entry.Connection?.RefreshedAt > since || entry.Connection?.ConnectedAt > since)
                .Select(static entry => entry.Id),
        ];
    }

    /// <summary>True when something that is known could be sent now, also if the store and the provider were out of reach.</summary>
    public bool HoldsUsable(DateTimeOffset now)
    {
        foreach (var (_, entry) in _entries)
        {
            if (entry.Connection is { } connection && (connection.HasUsableToken(now) || IsUsableSecret(connection)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Changes may have been missed: everything is read again when it is next used.</summary>
    public void MarkAllStale()
    {
        foreach (var (_, entry) in _entries)
        {
            entry.MarkStale();
        }
    }

    /// <summary>To be taken before asking: knowledge is as old as its question.</summary>
    public long NextOrder() => Interlocked.Increment(ref _order);

    /// <summary>Takes knowledge in, unless it is older than what is here.</summary>
    /// <param name="connection">Null when nothing is stored.</param>
    /// <param name="order">From <see cref="NextOrder"/>, taken before the store was asked.</param>
    /// <returns>What is known now.</returns>
    public SnapshotEntry Update(ConnectionId id, Connection? connection, long order)
    {
        var now = clock.GetUtcNow();
        lock (_gate)
        {
            if (_entries.TryGetValue(id, out var known))
            {
                // What this process made by itself confirms nothing.
                var learnedAt = connection is { IsInterim: true } ? known.LearnedAt : now;
                var later = new SnapshotEntry(id, InterimToken.KeptOn(connection, known.Connection, now), order, learnedAt);
                return IsNewer(later, known) ? Enter(later, known.IsCandidate) : known;
            }

            return Enter(new SnapshotEntry(id, connection, order, now), isCandidate: false);
        }
    }

    // A generation never goes back, not even when a store that lost its newest write says so; otherwise the later question wins.
    // That nothing is stored is believed if asked later, and only a later question ends it: a refresh in flight revives nothing.
    private static bool IsNewer(SnapshotEntry entry, SnapshotEntry known)
    {
        if (entry.Connection is null || known.Connection is null || entry.Generation == known.Generation || AreOfTwoGrants(entry, known))
        {
            return entry.Order > known.Order || StandsIn(entry, known);
        }

        return entry.Generation > known.Generation;
    }

    // For a token that a reading under way at the same time still found.
    private static bool StandsIn(SnapshotEntry entry, SnapshotEntry known) =>
        entry.Connection is { IsInterim: true } && known.Connection is { IsInterim: false } && entry.Generation == known.Generation
            && !AreOfTwoGrants(entry, known);

    // Their generations can't be compared: a store lost the one, and was then given the other.
    private static bool AreOfTwoGrants(SnapshotEntry entry, SnapshotEntry known) =>
        entry.Connection?.ConnectedAt is { } one && known.Connection?.ConnectedAt is { } other && one != other;

    // Integration tokens and keys have no expiry.
    private static bool IsUsableSecret(Connection connection) =>
        connection.Token is null && connection.Grant.RefreshToken.IsEmpty && connection.Grant.Fields.Count > 0;

    // A removed connection keeps its place among the candidates; a name that was never stored gets none.
    private SnapshotEntry Enter(SnapshotEntry entry, bool isCandidate)
    {
        _entries[entry.Id] = entry;
        entry.IsCandidate = isCandidate || entry.Connection is not null;
        if (!isCandidate)
        {
            (entry.IsCandidate ? _candidates : _absent).Enqueue(entry.Id);
            Evict();
        }

        return entry;
    }

    private void Evict()
    {
        while (_absent.Count > AbsentCapacity)
        {
            var id = _absent.Dequeue();
            if (_entries.TryGetValue(id, out var entry) && !entry.IsCandidate)
            {
                _entries.TryRemove(id, out _);
            }
        }

        while (_candidates.Count > capacity)
        {
            var id = _candidates.Dequeue();
            if (_entries.TryGetValue(id, out var entry) && !entry.ClearUsed())
            {
                _candidates.Enqueue(id);
            }
            else
            {
                _entries.TryRemove(id, out _);
            }
        }
    }
}

/// <summary>
/// A token that spends nothing (RFC 6749 section 4.4.3) and that one process asked for while the store was away. It raises no generation:
/// whatever the store holds or is given meanwhile is newer, and nothing is written when the store is back.
/// </summary>
internal static class InterimToken
{
    /// <summary>The known connection with a token that the store does not get.</summary>
    /// <param name="known">What it was asked for with; of generation 0 when nothing was stored yet.</param>
    public static Connection Of(Connection known, Connection minted) => minted with
    {
        Generation = Math.Max(1, known.Generation),
        TokenAge = known.TokenAge,
        Fence = known.Fence,
        IsInterim = true,
    };

    /// <summary>
    /// What is to be known after a reading. The very generation that the token stands in for does not end it; all else that was read does.
    /// </summary>
    public static Connection? KeptOn(Connection? read, Connection? known, DateTimeOffset now) =>
        read is { IsInterim: false, IsRejected: false } && known is { IsInterim: true }
        && read.Generation == known.Generation && read.ConnectedAt == known.ConnectedAt && known.HasUsableToken(now)
            ? read with { Token = known.Token, RefreshedAt = known.RefreshedAt, IsInterim = true }
            : read;

    /// <summary>True when <paramref name="known"/> has such a token, and it is not the one that was refused.</summary>
    public static bool IsAnother(Connection? known, Credential refused) =>
        known is { IsInterim: true, Token: { } token } && known.TokenGeneration == refused.Generation
        && !refused.SecretValues.AsSpan().Contains(token.Value.Reveal());
}
