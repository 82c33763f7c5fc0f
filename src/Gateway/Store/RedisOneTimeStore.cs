using Gateway.Model;
using Gateway.Store.Encryption;
using Gateway.Store.Redis;

using StackExchange.Redis;

namespace Gateway.Store;

/// <summary>Values that can be taken once, sealed for their keys: SET with an expiry, GET, and GETDEL (Redis 6.2).</summary>
internal sealed class RedisOneTimeStore(RedisCalls calls, SecretProtector protector) : IOneTimeStore
{
    public async ValueTask PutAsync(string key, ReadOnlyMemory<byte> value, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        var blob = protector.Seal(value.Span, Binding(key));
        await calls.RunAsync("once", db => db.StringSetAsync(RedisKeys.Once(key), blob, lifetime), cancellationToken);
    }

    public async ValueTask<byte[]?> PeekAsync(string key, CancellationToken cancellationToken) =>
        Open(key, await calls.RunIdempotentAsync("once", db => db.StringGetAsync(RedisKeys.Once(key)), cancellationToken));

    public async ValueTask<byte[]?> TakeAsync(string key, CancellationToken cancellationToken) =>
        Open(key, await calls.RunAsync("once", db => db.StringGetDeleteAsync(RedisKeys.Once(key)), cancellationToken));

    private byte[]? Open(string key, RedisValue blob) => blob.IsNull ? null : protector.Open((byte[])blob!, Binding(key));

    // An empty provider name, so that the binding can't equal that of a connection's secret.
    private static SealBinding Binding(string key) => new(new ConnectionId("", key), "once", 0);
}
