using System.Collections.Concurrent;

using Gateway.Model;

namespace Gateway.Testing;

/// <summary>
/// The store contract in memory. Several brokers in one test may share it like several instances share one Redis.
/// </summary>
internal sealed class InMemoryConnectionStore(TimeProvider clock, ProviderCatalog? catalog = null) : IConnectionStore, IRenewalSchedule
{
    // Guards every field below; operations are short.
    private readonly Lock _gate = new();
    private readonly Dictionary<ConnectionId, Connection> _connections = [];
    private readonly Dictionary<ConnectionId, long> _tombstones = [];
    private readonly Dictionary<ConnectionId, (Lease Lease, DateTimeOffset Until)> _leases = [];
    private readonly Dictionary<ConnectionId, Intent> _intents = [];
    private readonly Dictionary<ConnectionId, Dictionary<string, DateTimeOffset>> _denied = [];
    private readonly Dictionary<ConnectionId, Bucket> _buckets = [];
    private readonly ConcurrentDictionary<object, Action<ConnectionChange>> _subscribers = new();
    private readonly Dictionary<ConnectionId, DateTimeOffset> _claims = [];
    private long _fence;
    private volatile TaskCompletionSource? _held;

    /// <summary>While true, every call throws <see cref="StoreUnavailableException"/>.</summary>
    public bool Away { get; set; }

    /// <summary>While true, stored records cannot be opened, as with a missing key.</summary>
    public bool Unreadable { get; set; }

    /// <summary>While true, writes and leases throw; reads work.</summary>
    public bool ReadOnly { get; set; }

    /// <summary>While true, change messages are lost.</summary>
    public bool Muted { get; set; }

    public int Reads { get; private set; }

    /// <summary>Called before a write.</summary>
    public Action? Writing { get; set; }

    /// <summary>Called before a read.</summary>
    public Action? Reading { get; set; }

    /// <summary>Called before the begin of a refresh.</summary>
    public Action? Beginning { get; set; }

    /// <summary>Called after an intent is stored and before the answer; it may make the store unavailable.</summary>
    public Action? Intended { get; set; }

    public ValueTask<Connection?> ReadAsync(ConnectionId id, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Reads++;
            Reading?.Invoke();
            return _held is { } held ? ReadLaterAsync(held.Task, id) : Answer(_connections.GetValueOrDefault(id));
        }
    }

    /// <summary>From now on reads wait for <see cref="Release"/>.</summary>
    public void Hold() => _held = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release()
    {
        var held = _held;
        _held = null;
        held?.SetResult();
    }

    /// <summary>Expires the lease and the tombstone of a connection.</summary>
    public void Forget(ConnectionId id)
    {
        lock (_gate)
        {
            _leases.Remove(id);
            _tombstones.Remove(id);
            _denied.Remove(id);
            _buckets.Remove(id);
        }
    }

    /// <summary>Expires the lease.</summary>
    public void EndLease(ConnectionId id)
    {
        lock (_gate)
        {
            _leases.Remove(id);
        }
    }

    /// <summary>Reverts the last writes, as a failover does.</summary>
    public void GoBackTo(Connection earlier)
    {
        lock (_gate)
        {
            _connections[earlier.Id] = earlier;
        }
    }

    /// <summary>Notifies all subscribers that messages may have been missed.</summary>
    public void TellMissed() => Tell(new(null, 0));

    public ValueTask<Connection?> TryWriteAsync(Connection next, long expectedGeneration, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Writing?.Invoke();
            Check(write: true);
            var stored = _connections.GetValueOrDefault(next.Id);
            if ((stored?.Generation ?? 0) != expectedGeneration || (stored?.Fence ?? 0) > next.Fence)
            {
                return ValueTask.FromResult<Connection?>(null);
            }

            if (stored is null && _tombstones.Remove(next.Id, out var last) && next.Generation <= last)
            {
                next = next with { Generation = last + 1 };
            }

            _connections[next.Id] = next;
            _claims.Remove(next.Id);
        }

        Tell(new(next.Id, next.Generation));
        return ValueTask.FromResult<Connection?>(next);
    }

    /// <summary>Number of begin and commit calls.</summary>
    public int Steps { get; private set; }

    public ValueTask<RefreshBegun> BeginAsync(RefreshBegin begin, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Steps++;
            Beginning?.Invoke();
            Check(write: true);
            var begun = Begin(begin);
            if (begun.State == BeginState.Begun && begin.RecordsIntent)
            {
                Intended?.Invoke();
                Check(write: true);
            }

            return ValueTask.FromResult(begun);
        }
    }

    public ValueTask<CommitOutcome> CommitAsync(PendingWrite write, CancellationToken cancellationToken)
    {
        var next = write.Next;
        lock (_gate)
        {
            Steps++;
            Writing?.Invoke();
            Check(write: true);
            var stored = _connections.GetValueOrDefault(write.Id);
            var holds = _leases.TryGetValue(write.Id, out var held) && held.Lease.Owner == write.Owner && held.Until > clock.GetUtcNow();
            var intends = _intents.TryGetValue(write.Id, out var intent) && intent.Attempt == write.Owner;
            if ((write.IsOwnersAlone && !holds && !intends) || (stored?.Generation ?? 0) != write.ExpectedGeneration
                || (stored?.Fence ?? 0) > next.Fence)
            {
                return ValueTask.FromResult(new CommitOutcome(null, stored));
            }

            if (stored is null && _tombstones.Remove(next.Id, out var last) && next.Generation <= last)
            {
                next = next with { Generation = last + 1 };
            }

            _connections[next.Id] = next;
            _claims.Remove(next.Id);
            if (holds)
            {
                _leases.Remove(next.Id);
            }

            if (intends)
            {
                EndIntent(next.Id, write.KeepsEarlierIntent ? intent!.Earlier : null);
            }
        }

        Tell(new(next.Id, next.Generation));
        return ValueTask.FromResult(new CommitOutcome(next, null));
    }

    public ValueTask DenyPathAsync(ConnectionId id, string path, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Check(write: true);
            Deny(id, path);
            return ValueTask.CompletedTask;
        }
    }

    public ValueTask AllowPathAsync(ConnectionId id, string path, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Check(write: true);
            if (_denied.TryGetValue(id, out var paths))
            {
                paths.Remove(path);
            }

            if (_buckets.TryGetValue(id, out var bucket) && bucket.Path == path)
            {
                _buckets[id] = bucket with { Tokens = Math.Min(RejectionLimits.Burst, bucket.Tokens + 1), Path = null };
            }

            return ValueTask.CompletedTask;
        }
    }

    /// <summary>The open intent of a connection; null when there is none.</summary>
    public RefreshIntent? IntentOf(ConnectionId id)
    {
        lock (_gate)
        {
            return _intents.TryGetValue(id, out var intent) ? intent.Seen : null;
        }
    }

    /// <summary>Number of denied paths of a connection.</summary>
    public int DeniedOf(ConnectionId id)
    {
        lock (_gate)
        {
            return _denied.TryGetValue(id, out var paths) ? paths.Values.Count(until => until > clock.GetUtcNow()) : 0;
        }
    }

    private RefreshBegun Begin(RefreshBegin begin)
    {
        var (id, now) = (begin.Connection, clock.GetUtcNow());
        var stored = _connections.GetValueOrDefault(id);
        if (stored is null && !begin.MayCreate)
        {
            return new(BeginState.Idle, null);
        }

        if (begin.Path is { } path && IsDenied(id, path, begin.TokenGeneration, stored) is { } deniedFor)
        {
            return new(BeginState.Denied, null) { DeniedFor = deniedFor };
        }

        if (stored is not null && !begin.Insists
            && ((stored.TokenGeneration > begin.TokenGeneration && stored.HasUsableToken(now))
                || (!begin.IsManual
                    && (stored.DeadSince is not null || (stored.LastFailure is { IsBackoff: true } failure && failure.RetryAt > now)))))
        {
            return new(BeginState.Idle, stored);
        }

        if (begin.LooksOnly)
        {
            return new(BeginState.Idle, stored);
        }

        var isHeld = _leases.TryGetValue(id, out var held) && held.Until > now;
        var isMine = isHeld && held.Lease.Owner == begin.Owner;
        if (isHeld && !isMine && held.Lease.Owner.Instance != begin.DeadInstance)
        {
            return new(BeginState.Held, stored) { Holder = held.Lease.Owner.Instance };
        }

        var open = begin.RecordsIntent && _intents.TryGetValue(id, out var intent) && intent.Generation == stored?.Generation
            ? intent
            : null;
        var earlier = open?.Attempt == begin.Owner ? open.Earlier : open;
        if (earlier is not null && earlier == open && earlier.Attempt.Instance != begin.Owner.Instance
            && earlier.Attempt.Instance != begin.DeadInstance && !begin.IsManual
            && now >= earlier.FirstSince + begin.ReuseGrace && now < earlier.Since + begin.InterruptedWait)
        {
            return new(BeginState.Interrupted, stored) { Open = earlier.Seen };
        }

        if (begin.Path is not null && !isMine && !TryDebit(begin, now))
        {
            return new(BeginState.Limited, stored);
        }

        if (begin.Path is null && _buckets.TryGetValue(id, out var bucket))
        {
            _buckets[id] = bucket with { Path = null };
        }

        var lease = new Lease(id, begin.Owner, _fence = Math.Max(_fence, stored?.Fence ?? 0) + 1);
        _leases[id] = (lease, now + begin.Length);
        if (begin.RecordsIntent)
        {
            _intents[id] = new(
                begin.Owner, now, earlier?.FirstSince ?? now, stored!.Generation, earlier is null ? null : earlier with { Earlier = null });
        }

        return new(BeginState.Begun, stored) { Lease = lease, Open = earlier?.Seen };
    }

    private TimeSpan? IsDenied(ConnectionId id, string path, long asked, Connection? stored)
    {
        var now = clock.GetUtcNow();
        if (_denied.TryGetValue(id, out var paths) && paths.TryGetValue(path, out var until) && until > now)
        {
            return until - now;
        }

        if (_buckets.TryGetValue(id, out var bucket) && bucket.Path == path && asked == stored?.TokenGeneration && asked > bucket.Generation
            && now < bucket.Since + RejectionLimits.Lifetime)
        {
            Deny(id, path);
            return RejectionLimits.Lifetime;
        }

        return null;
    }

    private void Deny(ConnectionId id, string path)
    {
        var paths = _denied.TryGetValue(id, out var known) ? known : _denied[id] = [];
        paths[path] = clock.GetUtcNow() + RejectionLimits.Lifetime;
        if (paths.Count > RejectionLimits.MaxPaths)
        {
            paths.Remove(paths.MinBy(static pair => pair.Value).Key);
        }
    }

    private bool TryDebit(RefreshBegin begin, DateTimeOffset now)
    {
        var bucket = _buckets.GetValueOrDefault(begin.Connection) ?? new(RejectionLimits.Burst, now, null, 0, now);
        var tokens = Math.Min(RejectionLimits.Burst, bucket.Tokens + ((now - bucket.At) / RejectionLimits.Refill));
        if (tokens < 1)
        {
            return false;
        }

        _buckets[begin.Connection] = new(tokens - 1, now, begin.Path, begin.TokenGeneration, now);
        return true;
    }

    private void EndIntent(ConnectionId id, Intent? earlier)
    {
        if (earlier is null)
        {
            _intents.Remove(id);
        }
        else
        {
            _intents[id] = earlier;
        }
    }

    private sealed record Intent(AttemptId Attempt, DateTimeOffset Since, DateTimeOffset FirstSince, long Generation, Intent? Earlier)
    {
        public RefreshIntent Seen => new(Attempt.Value, Attempt.Instance, Since, FirstSince);
    }

    private sealed record Bucket(double Tokens, DateTimeOffset At, string? Path, long Generation, DateTimeOffset Since);

    public ValueTask<bool> RemoveAsync(ConnectionId id, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Check(write: true);
            if (!_connections.Remove(id, out var removed))
            {
                return ValueTask.FromResult(false);
            }

            _tombstones[id] = removed.Generation;
            _intents.Remove(id);
            _denied.Remove(id);
            _buckets.Remove(id);
        }

        Tell(new(id, 0));
        return ValueTask.FromResult(true);
    }

    public ValueTask<Lease?> TryLeaseAsync(ConnectionId id, TimeSpan length, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Check(write: true);
            if (_leases.TryGetValue(id, out var held) && held.Until > clock.GetUtcNow())
            {
                return ValueTask.FromResult<Lease?>(null);
            }

            var lease = new Lease(id, AttemptId.New("elsewhere"), ++_fence);
            _leases[id] = (lease, clock.GetUtcNow() + length);
            return ValueTask.FromResult<Lease?>(lease);
        }
    }

    public ValueTask<bool> RenewAsync(Lease lease, TimeSpan length, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Check(write: true);
            return ValueTask.FromResult(TryExtend(lease, length));
        }
    }

    public ValueTask<bool> ReleaseAsync(Lease lease, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Check(write: true);
            var holds = _leases.TryGetValue(lease.Connection, out var held) && held.Lease.Owner == lease.Owner
                && _leases.Remove(lease.Connection);
            var intends = _intents.TryGetValue(lease.Connection, out var intent) && intent.Attempt == lease.Owner;
            if (intends)
            {
                EndIntent(
                    lease.Connection, intent!.Earlier is { } earlier && earlier.Attempt.Instance != lease.Owner.Instance ? earlier : null);
            }

            return ValueTask.FromResult(holds || intends);
        }
    }

    public ValueTask<bool> IsLeasedAsync(ConnectionId id, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Answer(IsLeased(id));
        }
    }

    public ValueTask<IReadOnlyList<Connection>> ListAsync(ConnectionQuery query, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var page = _connections.Values
                .Where(connection => query.Provider is null || connection.Id.Provider == query.Provider)
                .Where(connection => query.Status switch
                {
                    null => true,
                    ConnectionStatus.Refreshing => IsLeased(connection.Id),
                    { } status => connection.StatusAt(clock.GetUtcNow()) == status,
                })
                .OrderBy(connection => connection.Id.Provider, StringComparer.Ordinal)
                .ThenBy(connection => connection.Id.Name, StringComparer.Ordinal)
                .Where(connection => query.After is not { } after || Compare(connection.Id, after) > 0)
                .Take(query.Limit);
            return Answer<IReadOnlyList<Connection>>([.. page]);
        }
    }

    public ValueTask<ConnectionTally> TallyAsync(string provider, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var mine = _connections.Values.Where(connection => connection.Id.Provider == provider).ToList();
            long Count(ConnectionStatus status) => mine.Count(connection => connection.StatusAt(clock.GetUtcNow()) == status);
            var refreshing =
                mine.Count(connection => IsLeased(connection.Id) && connection.StatusAt(clock.GetUtcNow()) == ConnectionStatus.Ready);
            return Answer(new ConnectionTally(
                Count(ConnectionStatus.Ready) - refreshing, Count(ConnectionStatus.Unavailable),
                Count(ConnectionStatus.ReauthorizationRequired),
                refreshing, mine.Where(connection => connection.Token?.ExpiresAt != DateTimeOffset.MaxValue)
                    .Min(connection => connection.Token?.ExpiresAt))
            {
                RenewalsDue = mine.Count(connection => MomentOf(connection) <= clock.GetUtcNow()),
                RenewalLag = mine.Select(MomentOf).Where(moment => moment <= clock.GetUtcNow())
                    .Select(moment => clock.GetUtcNow() - moment!.Value).DefaultIfEmpty().Max(),
            });
        }
    }

    public ValueTask<RenewalBatch> ClaimAsync(string provider, int limit, TimeSpan period, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Check(write: true);
            var now = clock.GetUtcNow();
            var moments = _connections.Values.Where(connection => connection.Id.Provider == provider)
                .Select(connection => (connection.Id, At: MomentOf(connection))).Where(static pair => pair.At is not null).ToList();
            var due = moments.Where(pair => pair.At <= now).OrderBy(static pair => pair.At).Take(limit)
                .Select(static pair => pair.Id).ToList();
            foreach (var id in due)
            {
                _claims[id] = now + period;
            }

            var left = moments.Where(pair => !due.Contains(pair.Id)).Select(static pair => pair.At!.Value)
                .Concat(due.Select(id => _claims[id]));
            return ValueTask.FromResult(new RenewalBatch(due, left.DefaultIfEmpty(DateTimeOffset.MaxValue).Min()));
        }
    }

    public ValueTask CorrectAsync(ConnectionId id, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Check(write: true);
            _claims.Remove(id);
            return ValueTask.CompletedTask;
        }
    }

    public IDisposable Subscribe(Action<ConnectionChange> changed)
    {
        var key = new object();
        _subscribers[key] = changed;
        return new Subscription(() => _subscribers.TryRemove(key, out _));
    }

    private static int Compare(ConnectionId left, ConnectionId right) =>
        string.CompareOrdinal(left.Provider, right.Provider) is not 0 and var order ? order : string.CompareOrdinal(left.Name, right.Name);

    private async ValueTask<Connection?> ReadLaterAsync(Task held, ConnectionId id)
    {
        await held;
        lock (_gate)
        {
            Check(write: false);
            return _connections.GetValueOrDefault(id);
        }
    }

    private bool TryExtend(Lease lease, TimeSpan length)
    {
        var mine = _leases.TryGetValue(lease.Connection, out var held) && held.Lease.Owner == lease.Owner && held.Until > clock.GetUtcNow();
        if (mine)
        {
            _leases[lease.Connection] = (lease, clock.GetUtcNow() + length);
        }

        return mine;
    }

    private DateTimeOffset? MomentOf(Connection connection) => _claims.TryGetValue(connection.Id, out var until)
        ? until
        : RenewalTerms.Of(connection).UnaskedAt(catalog?.Find(connection.Id.Provider)?.OAuth, jitter: 0);

    /// <summary>The end of the current lease; null when there was none.</summary>
    public DateTimeOffset? LeaseEndOf(ConnectionId id)
    {
        lock (_gate)
        {
            return _leases.TryGetValue(id, out var held) ? held.Until : null;
        }
    }

    private bool IsLeased(ConnectionId id) => _leases.TryGetValue(id, out var held) && held.Until > clock.GetUtcNow();

    private ValueTask<T> Answer<T>(T value)
    {
        Check(write: false);
        return ValueTask.FromResult(value);
    }

    private void Check(bool write)
    {
        if (Away || Unreadable || (write && ReadOnly))
        {
            throw new StoreUnavailableException("The store of this test is unavailable.") { IsUnreadable = Unreadable };
        }
    }

    private void Tell(ConnectionChange change)
    {
        foreach (var subscriber in Muted ? [] : _subscribers.Values)
        {
            subscriber(change);
        }
    }

    private sealed class Subscription(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
