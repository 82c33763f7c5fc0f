using Gateway.Model;
using Gateway.Observability;
using Gateway.Store.Encryption;
using Gateway.Store.Redis;

using Microsoft.Extensions.Caching.Distributed;

namespace Gateway.Store;

/// <summary>
/// The distributed cache: the framework's Redis cache on the store's connection, with every value sealed for its key, and with the store's
/// deadline and failure (<see cref="StoreUnavailableException"/>).
/// </summary>
internal sealed class SealedCache(
    IDistributedCache inner, RedisLink link, SecretProtector protector, TimeProvider clock, GatewayMetrics metrics) : IDistributedCache
{
    public byte[]? Get(string key) => GetAsync(key).GetAwaiter().GetResult();

    public async Task<byte[]?> GetAsync(string key, CancellationToken token = default)
    {
        var blob = await RunAsync("cache_read", async () => await inner.GetAsync(key, token), token);

        // Key rotation does not seal cached values anew: a value is lost when its key is removed.
        return blob is null || !protector.HasKeyOf(blob) ? null : protector.Open(blob, Binding(key));
    }

    public void Set(string key, byte[] value, DistributedCacheEntryOptions options) =>
        SetAsync(key, value, options).GetAwaiter().GetResult();

    public async Task SetAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default)
    {
        var blob = protector.Seal(value, Binding(key));
        await RunAsync("cache_write", () => DoneAsync(inner.SetAsync(key, blob, options, token)), token);
    }

    public void Refresh(string key) => RefreshAsync(key).GetAwaiter().GetResult();

    public async Task RefreshAsync(string key, CancellationToken token = default) =>
        await RunAsync("cache_write", () => DoneAsync(inner.RefreshAsync(key, token)), token);

    public void Remove(string key) => RemoveAsync(key).GetAwaiter().GetResult();

    public async Task RemoveAsync(string key, CancellationToken token = default) =>
        await RunAsync("cache_write", () => DoneAsync(inner.RemoveAsync(key, token)), token);

    // An empty provider name, so that the binding can't equal that of a connection's secret.
    private static SealBinding Binding(string key) => new(new ConnectionId("", key), "cache", 0);

    private static async Task<byte[]?> DoneAsync(Task task)
    {
        await task;
        return null;
    }

    private async Task<byte[]?> RunAsync(string operation, Func<Task<byte[]?>> call, CancellationToken cancellationToken)
    {
        var since = clock.GetTimestamp();
        try
        {
            // Fails at once while the server is known not to answer: the framework's cache holds the connection and would wait.
            _ = await link.Multiplexer.WaitAsync(RedisConfiguration.Deadline, clock, cancellationToken);
            var answer = await call().WaitAsync(RedisConfiguration.Deadline, clock, cancellationToken);
            metrics.StoreOperation(operation, "success", clock.GetElapsedTime(since));
            return answer;
        }
        catch (Exception e) when (RedisFault.WordForCall(e, cancellationToken) is { } word)
        {
            metrics.StoreOperation(operation, word == RedisFault.Timeout ? "timeout" : "error", clock.GetElapsedTime(since));
            throw RedisFault.Unavailable(operation, word);
        }
    }
}
