using StackExchange.Redis;

namespace Gateway.IntegrationTests.Operations;

public sealed class RedisConfigurationTests
{
    /// <summary>Redis started as in the compose file, on a free port and in a temporary folder.</summary>
    [Fact]
    public async Task Redis_accepts_the_configuration_and_keeps_every_write()
    {
        using var directory = new TemporaryDirectory();
        var acl = directory.Write("redis.acl", "user default on >a-password ~* &* +@all\n");
        var configuration = directory.Write("redis.conf", RepositoryFiles.Read("config/redis/redis.conf")
            .Replace("/run/secrets/redis.acl", acl, StringComparison.Ordinal)
            .Replace("dir /data", $"dir {directory.Path}", StringComparison.Ordinal));
        await using var server = await RedisServer.StartAsync(arguments: ["--include", configuration]);

        await using var connection =
            await ConnectionMultiplexer.ConnectAsync($"{server.Configuration},password=a-password,allowAdmin=true");
        var settings = (await connection.GetServers()[0].ConfigGetAsync("*"))
            .ToDictionary(static pair => pair.Key, static pair => pair.Value);

        Assert.Equal("yes", settings["appendonly"]);
        Assert.Equal("everysec", settings["appendfsync"]);
        Assert.Equal("noeviction", settings["maxmemory-policy"]);
        await Assert.ThrowsAsync<RedisConnectionException>(() => ConnectionMultiplexer.ConnectAsync(server.Configuration));
    }
}
