using Gateway.Model;
using Gateway.Store.Redis;

using StackExchange.Redis;

namespace Gateway.Store.Records;

/// <summary>The records themselves: read, compared and set, removed; each in one step on the server.</summary>
internal sealed class RedisRecords(
    RedisCalls calls, RecordStrings records, ConnectionSealer sealer, FailoverRepair lostWrites, TimeProvider clock)
{
    public async ValueTask<Connection?> ReadAsync(ConnectionId id, CancellationToken cancellationToken)
    {
        var stored = await sealer.OpenAsync(id, await records.ReadAsync(id, cancellationToken), cancellationToken);
        return await lostWrites.RecoverAsync(id, stored, cancellationToken);
    }

    /// <summary>Says when the grant was given, where nobody has said so yet: now.</summary>
    public Connection Date(Connection next) => next.ConnectedAt is null ? next with { ConnectedAt = clock.GetUtcNow() } : next;

    /// <summary>Several, for a page. Null where there is none; one that can't be read says so and hides no other.</summary>
    public async ValueTask<Connection?[]> ReadAsync(string provider, IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        var ids = names.Select(name => new ConnectionId(provider, name)).ToList();
        var stored = await records.ReadAsync(ids, cancellationToken);
        return await Task.WhenAll(ids.Zip(stored, (id, value) => ShowAsync(id, value, cancellationToken)));
    }

    public async ValueTask<WriteOutcome> TryWriteAsync(Connection next, long expectedGeneration, CancellationToken cancellationToken)
    {
        RedisValue record = (await sealer.SealAsync(next, cancellationToken)).ToBytes();
        RedisValue[] arguments =
        [
            expectedGeneration, next.Generation, next.Fence, record, RedisKeys.Changes.ToString(), RedisChanges.Message(next.Id, next.Generation),
        ];
        var answer = await calls.RunAsync(
            "write", async db => (long[])(await db.ScriptEvaluateAsync(RedisScripts.Write, [RedisKeys.Connection(next.Id)], arguments))!,
            cancellationToken, static answer => answer[0] == RedisScripts.Conflict);
        return new WriteOutcome(answer[0], answer[1], record);
    }

    /// <returns>False when the lease or the record is not what it was.</returns>
    public async ValueTask<bool> TryIntendAsync(Connection intended, Lease lease, TimeSpan length, CancellationToken cancellationToken)
    {
        RedisKey[] keys = [RedisKeys.Connection(intended.Id), RedisKeys.Lease(intended.Id)];
        RedisValue[] arguments =
            [intended.Generation, intended.Fence, sealer.Seal(intended).ToBytes(), lease.Owner, (long)length.TotalMilliseconds];
        return await calls.RunIdempotentAsync(
            "intent", async db => (bool)await db.ScriptEvaluateAsync(RedisScripts.Intend, keys, arguments), cancellationToken, static held => !held);
    }

    /// <returns>False when there was nothing to remove.</returns>
    public async ValueTask<bool> RemoveAsync(ConnectionId id, CancellationToken cancellationToken)
    {
        RedisValue[] arguments = [(long)RedisKeys.Memory.TotalMilliseconds, RedisKeys.Changes.ToString(), RedisChanges.Message(id, 0)];
        return await calls.RunAsync(
            "remove", async db => (bool)await db.ScriptEvaluateAsync(RedisScripts.Remove, [RedisKeys.Connection(id)], arguments), cancellationToken);
    }

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

        return await lostWrites.RecoverAsync(id, connection, cancellationToken);
    }
}
