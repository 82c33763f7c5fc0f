using Gateway.Store;
using Gateway.Store.Embedded;
using Gateway.Store.Redis;

namespace Gateway.IntegrationTests.Store.Redis;

/// <summary>Log warnings about a server that may lose data.</summary>
public sealed class PersistenceWarningTests
{
    [Theory]
    [InlineData("allkeys-lru")]
    [InlineData("volatile-ttl")]
    public async Task A_server_that_may_evict_causes_a_warning(string policy)
    {
        await using var server =
            await RedisServer.StartAsync(appendOnly: true, arguments: ["--maxmemory", "64mb", "--maxmemory-policy", policy]);
        await using var host = await StoreHost.ReadyOnRedisAsync(server.Configuration);

        await Eventually.TrueAsync(() => Said(host, "Warning", policy));
    }

    [Fact]
    public async Task A_policy_without_a_limit_causes_no_warning()
    {
        await using var server = await RedisServer.StartAsync(appendOnly: true, arguments: ["--maxmemory-policy", "allkeys-lru"]);

        await AssertSilentAsync(server);
    }

    [Fact]
    public async Task A_server_without_persistence_causes_a_warning()
    {
        await using var server = await RedisServer.StartAsync();
        await using var host = await StoreHost.ReadyOnRedisAsync(server.Configuration);

        await Eventually.TrueAsync(() => Said(host, "Warning", "keeps nothing on disk"));
    }

    [Fact]
    public async Task A_server_with_snapshots_alone_causes_its_own_warning()
    {
        await using var server = await RedisServer.StartAsync(arguments: ["--save", "3600 1"]);
        await using var host = await StoreHost.ReadyOnRedisAsync(server.Configuration);

        await Eventually.TrueAsync(() => Said(host, "Warning", "since its last snapshot"));
    }

    [Fact]
    public async Task A_server_that_keeps_every_write_causes_no_warning()
    {
        await using var server = await RedisServer.StartAsync(appendOnly: true, arguments: ["--maxmemory", "64mb"]);

        await AssertSilentAsync(server);
    }

    [Fact]
    public async Task INFO_is_enough_where_CONFIG_is_forbidden()
    {
        await using var server = await RedisServer.StartAsync(
            appendOnly: true, arguments: ["--user", "default", "on", "nopass", "~*", "&*", "+@all", "-config"]);

        await AssertSilentAsync(server);
    }

    [Fact]
    public async Task Forbidden_checks_are_reported_without_a_warning()
    {
        await using var server = await RedisServer.StartAsync(
            arguments: ["--user", "default", "on", "nopass", "~*", "&*", "+@all", "-config", "-info"]);
        await using var host = await StoreHost.ReadyOnRedisAsync(server.Configuration);

        await Eventually.TrueAsync(() => Said(host, "Information", "keeps connections on disk could not be checked"));
        Assert.True(Said(host, "Information", "evict connections could not be checked"));
        Assert.DoesNotContain(host.Logs.Lines, static line => line.StartsWith("Warning", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_external_Garnet_is_checked_as_far_as_it_answers()
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
