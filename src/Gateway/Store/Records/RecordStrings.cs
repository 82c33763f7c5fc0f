using Gateway.Model;
using Gateway.Store.Redis;

using StackExchange.Redis;

namespace Gateway.Store.Records;

/// <summary>Records as they lie in Redis, sealed: read, and replaced only if they are still what was read.</summary>
internal sealed class RecordStrings(RedisCalls calls)
{
    /// <summary>Null when there is nothing, not even a tombstone.</summary>
    public ValueTask<RedisValue> ReadAsync(ConnectionId id, CancellationToken cancellationToken) =>
        calls.RunIdempotentAsync("read", db => db.StringGetAsync(RedisKeys.Connection(id)), cancellationToken);

    /// <summary>Several at once, each by a read of its own: in a cluster they lie on different nodes.</summary>
    public ValueTask<RedisValue[]> ReadAsync(IEnumerable<ConnectionId> ids, CancellationToken cancellationToken) =>
        calls.RunIdempotentAsync("list", db => Task.WhenAll(ids.Select(id => db.StringGetAsync(RedisKeys.Connection(id)))),
            cancellationToken);

    /// <param name="read">What <see cref="ReadAsync(ConnectionId, CancellationToken)"/> gave.</param>
    /// <param name="change">What to tell the other instances; null when it is the same to them.</param>
    /// <returns>False when another write came in between.</returns>
    public ValueTask<bool> TryReplaceAsync(
        ConnectionId id, RedisValue read, RedisValue next, ConnectionChange? change, CancellationToken cancellationToken)
    {
        RedisValue message = change is { } news ? RedisChanges.Message(id, news.Generation) : RedisValue.EmptyString;
        RedisValue[] arguments = [read.IsNull ? RedisValue.EmptyString : read, next, RedisKeys.Changes.ToString(), message];
        return calls.RunAsync(
            "replace", async db => (bool)await db.ScriptEvaluateAsync(RedisScripts.Replace, [RedisKeys.Connection(id)], arguments),
            cancellationToken, static replaced => !replaced);
    }
}
