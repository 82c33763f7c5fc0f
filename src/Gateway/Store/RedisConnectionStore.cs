using System.Collections.Concurrent;

using Gateway.Model;
using Gateway.Store.Index;
using Gateway.Store.Records;
using Gateway.Store.Redis;

using StackExchange.Redis;

namespace Gateway.Store;

/// <summary>Connections in Redis or what speaks like it. Safe for concurrent use.</summary>
internal sealed class RedisConnectionStore(
    RedisCalls calls,
    RecordStrings records,
    ConnectionSealer sealer,
    RefreshSteps steps,
    FailoverRepair repair,
    ConnectionIndex index,
    ConnectionListing listing,
    RedisChanges changes,
    IInstanceRegistry instances,
    TimeProvider clock) : IConnectionStore, IAsyncDisposable
{
    // A tombstone raises the generation once; twice only if a connection is created and removed in between.
    private const int WriteAttempts = 4;

    // What callers do not wait for: the index after a commit. Added and removed by refreshes, awaited at the stop.
    private readonly ConcurrentDictionary<Task, bool> _bookkeeping = new();

    public async ValueTask<Connection?> ReadAsync(ConnectionId id, CancellationToken cancellationToken)
    {
        var stored = await sealer.OpenAsync(id, await records.ReadAsync(id, cancellationToken), cancellationToken);
        return await repair.RecoverAsync(id, stored, cancellationToken);
    }

    public async ValueTask<Connection?> TryWriteAsync(Connection next, long expectedGeneration, CancellationToken cancellationToken)
    {
        if (expectedGeneration == 0)
        {
            await index.EnterAsync(next.Id, cancellationToken);
        }

        next = Date(next);
        for (var attempt = 0; attempt < WriteAttempts; attempt++)
        {
            var outcome = await WriteAsync(next, expectedGeneration, cancellationToken);
            switch (outcome.Verdict)
            {
                case RedisScripts.Written:
                    changes.Notify(new ConnectionChange(next.Id, next.Generation));
                    await index.FollowAsync(next.Id, outcome.Record);
                    return next;
                case RedisScripts.Raise:
                    next = next with { Generation = outcome.Tombstone + 1 };
                    break;
                default:
                    return null;
            }
        }

        return null;
    }

    public async ValueTask<RefreshBegun> BeginAsync(RefreshBegin begin, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < WriteAttempts; attempt++)
        {
            var begun = await steps.BeginAsync(begin, cancellationToken);
            if (begun.State == BeginState.Denied
                || await repair.RecoverAsync(begin.Connection, begun.Stored, cancellationToken) == begun.Stored)
            {
                if (begun.State == BeginState.Begun)
                {
                    KeepBooks(index.ShowLeaseAsync(begin.Connection, begin.Length));
                }

                return begun;
            }

            // The server had lost a write, which is restored: begin again with it. There may be nothing to begin then, so the lease is
            // released first.
            if (begun.Lease is { } lease)
            {
                await steps.ReleaseAsync(lease, cancellationToken);
            }
        }

        throw new StoreUnavailableException("The store loses writes faster than they are written back.");
    }

    public async ValueTask<CommitOutcome> CommitAsync(PendingWrite write, CancellationToken cancellationToken)
    {
        var entering = write.ExpectedGeneration == 0 ? index.EnterAsync(write.Id, cancellationToken).AsTask() : Task.CompletedTask;
        write = write with { Next = Date(write.Next) };
        for (var attempt = 0; attempt < WriteAttempts; attempt++)
        {
            var (verdict, tombstone, record, found) = await CommitAsync(write, entering, cancellationToken);
            switch (verdict)
            {
                case RedisScripts.Written:
                    changes.Notify(new ConnectionChange(write.Id, write.Next.Generation));
                    KeepBooks(index.FollowAsync(write.Id, record).AsTask());
                    KeepBooks(index.ShowLeaseAsync(write.Id, null));
                    return new CommitOutcome(write.Next, null);
                case RedisScripts.Raise:
                    write = write with { Next = write.Next with { Generation = tombstone + 1 } };
                    break;
                default:
                    return new CommitOutcome(null, found);
            }
        }

        return new CommitOutcome(null, null);
    }

    public ValueTask DenyPathAsync(ConnectionId id, string path, CancellationToken cancellationToken) =>
        steps.DenyPathAsync(id, path, cancellationToken);

    public ValueTask AllowPathAsync(ConnectionId id, string path, CancellationToken cancellationToken) =>
        steps.AllowPathAsync(id, path, cancellationToken);

    public async ValueTask<bool> RemoveAsync(ConnectionId id, CancellationToken cancellationToken)
    {
        RedisValue[] arguments = [(long)RedisKeys.Memory.TotalMilliseconds, RedisKeys.Changes.ToString(), RedisChanges.Message(id, 0)];
        RedisKey[] keys = [RedisKeys.Connection(id), RedisKeys.Intent(id), RedisKeys.Denied(id), RedisKeys.Bucket(id)];
        var removed = await calls.RunAsync("remove", async db => (bool)await db.ScriptEvaluateAsync(RedisScripts.Remove, keys, arguments),
            cancellationToken);
        if (removed)
        {
            changes.Notify(new ConnectionChange(id, 0));
            await index.FollowAsync(id, RedisValue.Null);
        }

        return removed;
    }

    public ValueTask<Lease?> TryLeaseAsync(ConnectionId id, TimeSpan length, CancellationToken cancellationToken) =>
        steps.TryLeaseAsync(id, AttemptId.New(instances.Id), length, cancellationToken);

    public ValueTask<bool> RenewAsync(Lease lease, TimeSpan length, CancellationToken cancellationToken)
    {
        KeepBooks(index.ShowLeaseAsync(lease.Connection, length));
        return steps.RenewAsync(lease, length, cancellationToken);
    }

    public ValueTask<bool> ReleaseAsync(Lease lease, CancellationToken cancellationToken)
    {
        KeepBooks(index.ShowLeaseAsync(lease.Connection, null));
        return steps.ReleaseAsync(lease, cancellationToken);
    }

    public ValueTask<bool> IsLeasedAsync(ConnectionId id, CancellationToken cancellationToken) =>
        steps.IsLeasedAsync(id, cancellationToken);

    public async ValueTask<IReadOnlyList<Connection>> ListAsync(ConnectionQuery query, CancellationToken cancellationToken)
    {
        var page = new List<Connection>();
        var providers = query.Provider is { } only ? [only] : await listing.ProvidersAsync(cancellationToken);
        foreach (var provider in providers.Where(provider => string.CompareOrdinal(provider, query.After?.Provider ?? "") >= 0))
        {
            await AddAsync(page, provider, query, cancellationToken);
            if (page.Count == query.Limit)
            {
                break;
            }
        }

        return page;
    }

    public ValueTask<ConnectionTally> TallyAsync(string provider, CancellationToken cancellationToken) =>
        listing.TallyAsync(provider, cancellationToken);

    public IDisposable Subscribe(Action<ConnectionChange> changed) => changes.Subscribe(changed);

    /// <summary>Every call to the store has a deadline, so this has.</summary>
    public async ValueTask DisposeAsync() => await Task.WhenAll(_bookkeeping.Keys).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    // Says when the grant was given, where that is not known yet: now.
    private Connection Date(Connection next) => next.ConnectedAt is null ? next with { ConnectedAt = clock.GetUtcNow() } : next;

    // A write without an answer may have happened: the index is compared with the record as soon as the store answers.
    private async ValueTask<(long Verdict, long Tombstone, RedisValue Record)> WriteAsync(
        Connection next, long expectedGeneration, CancellationToken cancellationToken)
    {
        RedisValue record = (await sealer.SealAsync(next, cancellationToken)).ToBytes();
        RedisValue[] arguments =
        [
            expectedGeneration, next.Generation, next.Fence, record, RedisKeys.Changes.ToString(),
            RedisChanges.Message(next.Id, next.Generation),
        ];
        try
        {
            var answer = await calls.RunAsync(
                "write", async db => (long[])(await db.ScriptEvaluateAsync(RedisScripts.Write, [RedisKeys.Connection(next.Id)],
                    arguments))!,
                cancellationToken, static answer => answer[0] == RedisScripts.Conflict);
            return (answer[0], answer[1], record);
        }
        catch (StoreUnavailableException)
        {
            index.MarkStale(next.Id);
            throw;
        }
    }

    // The name is entered and the record written at the same time, the name ahead on the wire.
    private async ValueTask<(long Verdict, long Tombstone, RedisValue Record, Connection? Found)> CommitAsync(
        PendingWrite write, Task entering, CancellationToken cancellationToken)
    {
        try
        {
            var committing = steps.CommitAsync(write, cancellationToken).AsTask();
            await Task.WhenAll(entering, committing);
            return await committing;
        }
        catch (StoreUnavailableException)
        {
            index.MarkStale(write.Id);
            throw;
        }
    }

    private void KeepBooks(Task task)
    {
        if (!task.IsCompleted)
        {
            _bookkeeping[task] = true;
            _ = task.ContinueWith(done => _bookkeeping.TryRemove(done, out _), TaskScheduler.Default);
        }
    }

    // The rest of a page, from one provider. Names without a record, or of another status by now, are passed over.
    private async ValueTask AddAsync(List<Connection> page, string provider, ConnectionQuery query, CancellationToken cancellationToken)
    {
        var after = query.After is { } last && last.Provider == provider ? last.Name : "";
        while (page.Count < query.Limit)
        {
            var wanted = query.Limit - page.Count;
            var names = await listing.NamesAsync(provider, query.Status, after, wanted, cancellationToken);
            var ids = names.Select(name => new ConnectionId(provider, name)).ToList();
            var stored = await records.ReadAsync(ids, cancellationToken);
            foreach (var connection in await Task.WhenAll(ids.Zip(stored, (id, value) => ShowAsync(id, value, cancellationToken))))
            {
                if (connection is not null && Matches(connection, query.Status))
                {
                    page.Add(connection);
                }
            }

            if (names.Count < wanted)
            {
                return;
            }

            after = names[^1];
        }
    }

    // Null where there is no record; one that can't be opened is shown as such, and hides no other.
    private async Task<Connection?> ShowAsync(ConnectionId id, RedisValue stored, CancellationToken cancellationToken)
    {
        Connection? connection;
        try
        {
            connection = await sealer.OpenAsync(id, stored, cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            return ConnectionSealer.ShowUnreadable(id, stored, clock.GetUtcNow());
        }

        return await repair.RecoverAsync(id, connection, cancellationToken);
    }

    private bool Matches(Connection connection, ConnectionStatus? status) =>
        status is not ConnectionStatus.Ready || listing.IsReady(connection);
}
