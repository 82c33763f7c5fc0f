using Gateway.Model;
using Gateway.Store.Redis;

using StackExchange.Redis;

namespace Gateway.Store.Records;

/// <summary>The records themselves: read, compared and set, removed; each in one step on the server.</summary>
internal sealed class RedisRecords(
    RedisCalls calls, RecordStrings records, ConnectionSealer sealer, FailoverRepair repair, TimeProvider clock)
{
    public async ValueTask<Connection?> ReadAsync(ConnectionId id, CancellationToken cancellationToken)
    {
        var stored = await sealer.OpenAsync(id, await records.ReadAsync(id, cancellationToken), cancellationToken);
        return await repair.RecoverAsync(id, stored, cancellationToken);
    }

    /// <summary>Says when the grant was given, where that is not known yet: now.</summary>
    public Connection Date(Connection next) => next.ConnectedAt is null ? next with { ConnectedAt = clock.GetUtcNow() } : next;

    /// <summary>Several, for a page. Null where there is none; one that can't be read says so and hides no other.</summary>
    public async ValueTask<Connection?[]> ReadAsync(string provider, IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        var ids = names.Select(name => new ConnectionId(provider, name)).ToList();
        var stored = await records.ReadAsync(ids, cancellationToken);
        return await Task.WhenAll(ids.Zip(stored, (id, value) => ShowAsync(id, value, cancellationToken)));
    }

    /// <returns>The verdict of <see cref="RedisScripts.Write"/>, the tombstone's generation, and the record that was written.</returns>
    public async ValueTask<(long Verdict, long Tombstone, RedisValue Record)> TryWriteAsync(
        Connection next, long expectedGeneration, CancellationToken cancellationToken)
    {
        RedisValue record = (await sealer.SealAsync(next, cancellationToken)).ToBytes();
        RedisValue[] arguments =
        [
            expectedGeneration, next.Generation, next.Fence, record, RedisKeys.Changes.ToString(), RedisChanges.Message(next.Id, next.Generation),
        ];
        var answer = await calls.RunAsync(
            "write", async db => (long[])(await db.ScriptEvaluateAsync(RedisScripts.Write, [RedisKeys.Connection(next.Id)], arguments))!,
            cancellationToken, static answer => answer[0] == RedisScripts.Conflict);
        return (answer[0], answer[1], record);
    }

    /// <returns>False when there was nothing to remove.</returns>
    public async ValueTask<bool> RemoveAsync(ConnectionId id, CancellationToken cancellationToken)
    {
        RedisValue[] arguments = [(long)RedisKeys.Memory.TotalMilliseconds, RedisKeys.Changes.ToString(), RedisChanges.Message(id, 0)];
        RedisKey[] keys = [RedisKeys.Connection(id), RedisKeys.Intent(id), RedisKeys.Denied(id), RedisKeys.Bucket(id)];
        return await calls.RunAsync(
            "remove", async db => (bool)await db.ScriptEvaluateAsync(RedisScripts.Remove, keys, arguments), cancellationToken);
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

        return await repair.RecoverAsync(id, connection, cancellationToken);
    }
}
