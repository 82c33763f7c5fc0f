using System.Globalization;

using Gateway.Model;
using Gateway.Tokens;

using StackExchange.Redis;

namespace Gateway.IntegrationTests.Store.Redis;

/// <summary>A primary fails with a rotation that was not replicated; the provider rotates strictly.</summary>
public sealed class FailoverTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_rotation_lost_by_the_failover_is_written_back_and_no_grant_is_spent_twice()
    {
        await using var tokens = await TokenServer.StartAsync();
        await using var primary = await RedisServer.StartAsync();
        await using var replica =
            await RedisServer.StartAsync(arguments: ["--replicaof", "127.0.0.1", primary.Port.ToString(CultureInfo.InvariantCulture)]);
        var provider = Some.Provider(tokens.Url);
        await using var first = await InstanceAsync(primary, replica);
        await using var second = await InstanceAsync(primary, replica);
        await StoreReplicatedAsync(first, replica);
        await using var admin = await ConnectionMultiplexer.ConnectAsync(replica.Configuration + ",allowAdmin=true");

        // From here on nothing is replicated, so the rotation is on the primary alone.
        await admin.GetDatabase().ExecuteAsync("REPLICAOF", "127.0.0.1", "1");
        await GetAsync(first, provider, "access-1");
        await primary.KillAsync();
        Assert.StartsWith("1 ", (string?)await RecordAsync(admin), StringComparison.Ordinal);
        await admin.GetDatabase().ExecuteAsync("REPLICAOF", "NO", "ONE");

        await Eventually.TrueAsync(async () => ((string?)await RecordAsync(admin))!.StartsWith("2 ", StringComparison.Ordinal));
        await Eventually.EqualAsync("ready", () => second.Readiness.Reason);
        await GetAsync(second, provider, "access-1");
        Assert.Equal(["refresh-0"], tokens.Requests.Select(static request => request.Form["refresh_token"]));

        // The saved grant is the valid one: the next refresh succeeds.
        var renewed = await second.Get<TokenBroker>().RefreshAsync(provider, Some.Acme, Cancel);
        Assert.Equal((3L, null), (renewed.Connection?.Generation ?? 0, renewed.Failure));
    }

    private static Task<StoreHost> InstanceAsync(RedisServer primary, RedisServer replica) => StoreHost.ReadyOnRedisAsync(
        $"{primary.Configuration},{replica.Configuration}", static services => services.AddGatewayTokens());

    private static async Task StoreReplicatedAsync(StoreHost host, RedisServer replica)
    {
        Assert.NotNull(await host.Store.TryWriteAsync(Some.Connection(DateTimeOffset.UnixEpoch.AddYears(30)), 0, Cancel));
        await using var client = await ConnectionMultiplexer.ConnectAsync(replica.Configuration);
        await Eventually.TrueAsync(async () => !(await RecordAsync(client)).IsNull);
    }

    private static Task<RedisValue> RecordAsync(ConnectionMultiplexer client) =>
        client.GetDatabase().StringGetAsync($"gateway:{{{Some.Acme}}}:connection", CommandFlags.PreferReplica);

    private static async Task GetAsync(StoreHost host, Provider provider, string token)
    {
        var result = await host.Get<TokenBroker>().GetAsync(provider, Some.Acme, Cancel);
        Assert.True(result.TryGet(out var credential, out var failure), failure?.Detail);
        Assert.Equal("Bearer " + token, credential.Headers.Single().Value);
    }
}
