using Gateway.Store.Redis;

namespace Gateway.IntegrationTests.Store.Redis;

public sealed class SilentNodeTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_silent_cluster_node_affects_its_own_keys_alone()
    {
        await using var cluster = new SharedCluster();
        await using var host = await StoreHost.ReadyOnRedisAsync(await cluster.ConfigurationAsync());
        var id = Samples.NewId();
        await host.Store.TryWriteAsync(Samples.Connection(id), 0, Cancel);

        host.Get<RedisLink>().IsSilent = true;

        Assert.NotNull(await host.Store.ReadAsync(id, Cancel));
    }
}
