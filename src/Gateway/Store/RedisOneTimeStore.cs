using Gateway.Model;
using Gateway.Store.Encryption;
using Gateway.Store.Redis;

using StackExchange.Redis;

namespace Gateway.Store;

/// <summary>Values that are taken once: SET with an expiry, GET, and GETDEL (Redis 6.2), each sealed for its key.</summary>
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

    // No connection's own: a provider has a name, so this binding is nobody else's.
    private static SealBinding Binding(string key) => new(new ConnectionId("", key), "once", 0);
}
