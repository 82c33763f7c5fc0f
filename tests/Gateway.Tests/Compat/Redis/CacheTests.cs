using Gateway.Tests.Infrastructure;
using Microsoft.Extensions.Caching.Distributed;

namespace Gateway.Tests.Compat.Redis;

/// <summary>IDistributedCache on the same client.</summary>
public sealed class CacheTests
{
    [Fact]
    public async Task Values_are_set_got_and_removed_in_both_manners()
    {
        await using var server = await RedisServer.StartAsync();
        await using var services = Services(server);
        var cache = services.GetRequiredService<IDistributedCache>();
        var large = new byte[1_000_000];
        new Random(1).NextBytes(large);

        await cache.SetAsync("large", large);
        cache.Set("small", [1, 2]);
        await cache.SetAsync("empty", []);

        Assert.Equal(large, cache.Get("large"));
        Assert.Equal([1, 2], await cache.GetAsync("small"));
        Assert.Empty((await cache.GetAsync("empty"))!);
        Assert.Null(await cache.GetAsync("none"));
        cache.Remove("small");
        await cache.RemoveAsync("large");
        Assert.Null(cache.Get("small"));
        Assert.Null(await cache.GetAsync("large"));
    }

    [Fact]
    public async Task An_absolute_expiry_removes_the_value()
    {
        await using var server = await RedisServer.StartAsync();
        await using var services = Services(server);
        var cache = services.GetRequiredService<IDistributedCache>();
        await cache.SetAsync("short", [1], new() { AbsoluteExpirationRelativeToNow = TimeSpan.FromSeconds(1) });
        await cache.SetAsync("long", [2], new() { AbsoluteExpirationRelativeToNow = TimeSpan.FromMinutes(1) });

        await Eventually.SucceedsAsync(async () => await cache.GetAsync("short") is null);

        Assert.Equal([2], await cache.GetAsync("long"));
    }

    [Fact]
    public async Task A_sliding_expiry_lasts_while_it_is_refreshed()
    {
        await using var server = await RedisServer.StartAsync();
        await using var services = Services(server);
        await using var client = await StackExchange.Redis.ConnectionMultiplexer.ConnectAsync(server.Configuration);
        var cache = services.GetRequiredService<IDistributedCache>();
        await cache.SetAsync("k", [1], new() { SlidingExpiration = TimeSpan.FromMinutes(1) });
        await client.GetDatabase().KeyExpireAsync("test:k", TimeSpan.FromSeconds(10));

        await cache.RefreshAsync("k");

        Assert.InRange((await client.GetDatabase().KeyTimeToLiveAsync("test:k"))!.Value.TotalSeconds, 50, 60);
    }

    private static ServiceProvider Services(RedisServer server) =>
        new ServiceCollection()
            .AddStackExchangeRedisCache(options => (options.Configuration, options.InstanceName) = (server.Configuration, "test:"))
            .BuildServiceProvider();
}
