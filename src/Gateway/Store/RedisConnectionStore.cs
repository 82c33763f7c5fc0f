using Gateway.Model;
using Gateway.Store.Leases;
using Gateway.Store.Index;
using Gateway.Store.Records;
using Gateway.Store.Redis;

using StackExchange.Redis;

namespace Gateway.Store;

/// <summary>Connections in Redis or what speaks like it. Safe for concurrent use; holds no state but what its parts say.</summary>
internal sealed class RedisConnectionStore(
    RedisRecords records, ConnectionIndex index, ConnectionListing listing, RedisChanges changes, RedisLeases leases) : IConnectionStore
{
    // A tombstone raises the generation once; twice only if a connection is created and removed in between.
    private const int WriteAttempts = 4;

    public ValueTask<Connection?> ReadAsync(ConnectionId id, CancellationToken cancellationToken) => records.ReadAsync(id, cancellationToken);

    public async ValueTask<Connection?> TryWriteAsync(Connection next, long expectedGeneration, CancellationToken cancellationToken)
    {
        if (expectedGeneration == 0)
        {
            await index.EnterAsync(next.Id, cancellationToken);
        }

        next = records.Date(next);
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

    public ValueTask<bool> TryIntendAsync(Connection intended, Lease lease, TimeSpan length, CancellationToken cancellationToken) =>
        records.TryIntendAsync(intended, lease, length, cancellationToken);

    public async ValueTask<bool> RemoveAsync(ConnectionId id, CancellationToken cancellationToken)
    {
        var removed = await records.RemoveAsync(id, cancellationToken);
        if (removed)
        {
            changes.Notify(new ConnectionChange(id, 0));
            await index.FollowAsync(id, RedisValue.Null);
        }

        return removed;
    }

    public ValueTask<Lease?> TryLeaseAsync(ConnectionId id, TimeSpan length, CancellationToken cancellationToken) =>
        leases.TryTakeAsync(id, length, cancellationToken);

    public ValueTask<bool> RenewAsync(Lease lease, TimeSpan length, CancellationToken cancellationToken) =>
        leases.RenewAsync(lease, length, cancellationToken);

    public ValueTask ReleaseAsync(Lease lease, CancellationToken cancellationToken) => leases.ReleaseAsync(lease, cancellationToken);

    public ValueTask<bool> IsLeasedAsync(ConnectionId id, CancellationToken cancellationToken) => leases.IsHeldAsync(id, cancellationToken);

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

    // A write without an answer may have happened: the index is held against the record as soon as there is one to be had.
    private async ValueTask<WriteOutcome> WriteAsync(Connection next, long expectedGeneration, CancellationToken cancellationToken)
    {
        try
        {
            return await records.TryWriteAsync(next, expectedGeneration, cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            index.MarkStale(next.Id);
            throw;
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
            foreach (var connection in await records.ReadAsync(provider, names, cancellationToken))
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

    private bool Matches(Connection connection, ConnectionStatus? status) =>
        status is not ConnectionStatus.Ready || listing.IsReady(connection);
}
