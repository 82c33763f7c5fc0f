using Gateway.Store;
using Gateway.Store.Embedded;
using Gateway.Store.Redis;

namespace Gateway.IntegrationTests.Store.Redis;

/// <summary>What the log says of a server that may forget.</summary>
public sealed class ServerAdviceTests
{
    [Theory]
    [InlineData("allkeys-lru")]
    [InlineData("volatile-ttl")]
    public async Task A_server_that_may_evict_is_warned_of(string policy)
    {
        await using var server =
            await RedisServer.StartAsync(appendOnly: true, arguments: ["--maxmemory", "64mb", "--maxmemory-policy", policy]);
        await using var host = await StoreHost.ReadyOnRedisAsync(server.Configuration);

        await Eventually.TrueAsync(() => Said(host, "Warning", policy));
    }

    [Fact]
    public async Task A_policy_without_a_limit_evicts_nothing()
    {
        await using var server = await RedisServer.StartAsync(appendOnly: true, arguments: ["--maxmemory-policy", "allkeys-lru"]);

        await AssertSilentAsync(server);
    }

    [Fact]
    public async Task A_server_that_keeps_nothing_is_warned_of()
    {
        await using var server = await RedisServer.StartAsync();
        await using var host = await StoreHost.ReadyOnRedisAsync(server.Configuration);

        await Eventually.TrueAsync(() => Said(host, "Warning", "keeps nothing on disk"));
    }

    [Fact]
    public async Task A_server_with_snapshots_alone_is_warned_of_in_other_words()
    {
        await using var server = await RedisServer.StartAsync(arguments: ["--save", "3600 1"]);
        await using var host = await StoreHost.ReadyOnRedisAsync(server.Configuration);

        await Eventually.TrueAsync(() => Said(host, "Warning", "since its last snapshot"));
    }

    [Fact]
    public async Task A_server_that_keeps_everything_is_not_warned_of()
    {
        await using var server = await RedisServer.StartAsync(appendOnly: true, arguments: ["--maxmemory", "64mb"]);

        await AssertSilentAsync(server);
    }

    [Fact]
    public async Task Where_CONFIG_alone_is_forbidden_INFO_is_enough()
    {
        await using var server = await RedisServer.StartAsync(
            appendOnly: true, arguments: ["--user", "default", "on", "nopass", "~*", "&*", "+@all", "-config"]);

        await AssertSilentAsync(server);
    }

    [Fact]
    public async Task Where_the_user_may_ask_nothing_it_says_so_and_does_not_warn()
    {
        await using var server = await RedisServer.StartAsync(
            arguments: ["--user", "default", "on", "nopass", "~*", "&*", "+@all", "-config", "-info"]);
        await using var host = await StoreHost.ReadyOnRedisAsync(server.Configuration);

        await Eventually.TrueAsync(() => Said(host, "Information", "keeps connections on disk could not be checked"));
        Assert.True(Said(host, "Information", "evict connections could not be checked"));
        Assert.DoesNotContain(host.Logs.Lines, static line => line.StartsWith("Warning", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_Garnet_of_its_own_is_asked_as_far_as_it_tells()
    {
        using var folder = new TemporaryDirectory();
        using var server = EmbeddedServer.Start(new StoreDirectory(folder.Path));
        await using var host = await StoreHost.ReadyOnRedisAsync(server.Configuration());

        await Eventually.TrueAsync(() => !host.Get<RedisChanges>().WasInterrupted);
        Assert.DoesNotContain(host.Logs.Lines, static line => line.StartsWith("Warning", StringComparison.Ordinal));
    }

    private static async Task AssertSilentAsync(RedisServer server)
    {
        await using var host = await StoreHost.ReadyOnRedisAsync(server.Configuration);
        await Eventually.TrueAsync(() => !host.Get<RedisChanges>().WasInterrupted);

        Assert.DoesNotContain(host.Logs.Lines, static line => line.Contains(nameof(ServerAdvice), StringComparison.Ordinal));
    }

    private static bool Said(StoreHost host, string level, string words) => host.Logs.Lines.Any(
        line => line.StartsWith(level, StringComparison.Ordinal) && line.Contains(words, StringComparison.Ordinal));
}
