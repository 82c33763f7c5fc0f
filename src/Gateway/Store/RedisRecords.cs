using Gateway.Credentials;
using Gateway.Store.Redis;

using StackExchange.Redis;

namespace Gateway.Store;

/// <summary>The records themselves: read, compared and set, removed; each in one step on the server.</summary>
internal sealed class RedisRecords(RedisCalls calls, ConnectionSealer sealer)
{
    public async ValueTask<Connection?> ReadAsync(ConnectionId id, CancellationToken cancellationToken)
    {
        var stored = await calls.RunAsync("read", db => db.StringGetAsync(RedisKeys.Connection(id)), cancellationToken);
        return await sealer.OpenAsync(id, stored, cancellationToken);
    }

    /// <summary>Several at once, each by a read of its own: in a cluster they lie on different nodes. Null where there is none.</summary>
    public async ValueTask<Connection?[]> ReadAsync(string provider, IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        var ids = names.Select(name => new ConnectionId(provider, name)).ToList();
        var stored = await calls.RunAsync(
            "list", db => Task.WhenAll(ids.Select(id => db.StringGetAsync(RedisKeys.Connection(id)))), cancellationToken);
        return await Task.WhenAll(ids.Zip(stored, (id, value) => sealer.OpenAsync(id, value, cancellationToken).AsTask()));
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
        return await calls.RunAsync(
            "intent", async db => (bool)await db.ScriptEvaluateAsync(RedisScripts.Intend, keys, arguments), cancellationToken, static held => !held);
    }

    /// <returns>False when there was nothing to remove.</returns>
    public async ValueTask<bool> RemoveAsync(ConnectionId id, CancellationToken cancellationToken)
    {
        RedisValue[] arguments = [(long)RedisKeys.Memory.TotalMilliseconds, RedisKeys.Changes.ToString(), RedisChanges.Message(id, 0)];
        return await calls.RunAsync(
            "remove", async db => (bool)await db.ScriptEvaluateAsync(RedisScripts.Remove, [RedisKeys.Connection(id)], arguments), cancellationToken);
    }
}
