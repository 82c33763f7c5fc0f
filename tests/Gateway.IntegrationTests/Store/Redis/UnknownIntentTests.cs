using Gateway.Model;
using Gateway.Testing.TcpFaults;
using Gateway.Tokens;

namespace Gateway.IntegrationTests.Store.Redis;

/// <summary>An intent that Redis stored without confirming: no token call follows, and the instance that wrote it keeps running.</summary>
public sealed class UnknownIntentTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Another_instance_waits_for_an_unconfirmed_intent_and_does_not_treat_it_as_an_interruption()
    {
        await using var tokens = await TokenServer.StartAsync();
        await using var server = await RedisServer.StartAsync();
        await using var network = TcpFaultProxy.Start(server.EndPoint);
        await using var first = await InstanceAsync($"127.0.0.1:{network.Port}");
        await using var other = await InstanceAsync(server.Configuration);
        Assert.NotNull(await other.Store.TryWriteAsync(Some.Connection(DateTimeOffset.UnixEpoch), 0, Cancel));

        // From here on commands of the first instance arrive, but their answers do not.
        var hold = network.HoldWhen($"{{{Some.Acme}}}:fence", point: HoldPoint.Answer);
        var unanswered = AskAsync(first, tokens);
        await hold.Arrived.WaitAsync(Eventually.Patience, Cancel);
        await Eventually.TrueAsync(async () => await other.Store.IsLeasedAsync(Some.Acme, Cancel));
        Assert.Equal(GatewayError.CredentialUnavailable, (await unanswered).Failure?.Error);
        var asked = AskAsync(other, tokens);
        await Eventually.TrueAsync(async () => asked.IsCompleted || await other.Store.IsLeasedAsync(Some.Acme, Cancel));
        hold.Open();

        Assert.Equal("Bearer access-1", (await asked).Credential?.Headers.Single().Value);
        var stored = await StoredAsync(other);
        Assert.Equal((2L, null, null, 1), (stored.Generation, stored.DeadSince, stored.LastFailure, tokens.Calls));
    }

    private static Task<StoreHost> InstanceAsync(string redis) =>
        StoreHost.ReadyOnRedisAsync(redis, static services => services.AddGatewayTokens());

    private static async Task<CredentialResult> AskAsync(StoreHost host, TokenServer tokens) =>
        await host.Get<TokenBroker>().GetAsync(Some.Provider(tokens.Url), Some.Acme, Cancel);

    private static async Task<Connection> StoredAsync(StoreHost host) => (await host.Store.ReadAsync(Some.Acme, Cancel))!;
}
