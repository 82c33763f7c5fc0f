using Gateway.Credentials;
using Gateway.Tests.Infrastructure;
using Gateway.Tests.Infrastructure.TcpFaults;

namespace Gateway.Tests.Store.Redis;

/// <summary>A lease that the server gave or kept behind its owner's back: nobody is to wait for its end.</summary>
[Collection(ServerCollection.Name)]
public sealed class OrphanedLeaseTests
{
    // The end of the key, with the end of line that follows it on the wire.
    private const string LeaseKey = ":lease\r\n";

    private static readonly TimeSpan Length = TimeSpan.FromMinutes(1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TryLeaseAsync_AnswerLost_IsGivenBackWhenTheServerAnswersAgain()
    {
        await using var server = await RedisServer.StartAsync();
        await using var network = TcpFaultProxy.Start(server.EndPoint);
        await using var host = await StoreHost.ReadyOnRedisAsync($"127.0.0.1:{network.Port}");
        await using var witness = await StoreHost.ReadyOnRedisAsync(server.Configuration);
        var id = Samples.NewId();
        var hold = network.HoldWhen(LeaseKey, point: HoldPoint.Answer);

        await Assert.ThrowsAsync<StoreUnavailableException>(() => host.Store.TryLeaseAsync(id, Length, Cancel).AsTask());
        Assert.True(await witness.Store.IsLeasedAsync(id, Cancel));
        hold.Open();

        await Eventually.TrueAsync(async () => !await witness.Store.IsLeasedAsync(id, Cancel), TimeSpan.FromSeconds(20), static () => "The lease stays.");
    }

    [Fact]
    public async Task ReleaseAsync_RequestLost_IsRepeatedWhenTheServerAnswersAgain()
    {
        await using var server = await RedisServer.StartAsync();
        await using var network = TcpFaultProxy.Start(server.EndPoint);
        await using var host = await StoreHost.ReadyOnRedisAsync($"127.0.0.1:{network.Port}");
        await using var witness = await StoreHost.ReadyOnRedisAsync(server.Configuration);
        var id = Samples.NewId();
        var lease = await host.Store.TryLeaseAsync(id, Length, Cancel);
        var hold = network.HoldWhen(LeaseKey);

        await Assert.ThrowsAsync<StoreUnavailableException>(() => host.Store.ReleaseAsync(lease!, Cancel).AsTask());
        Assert.True(await witness.Store.IsLeasedAsync(id, Cancel));
        hold.Cut();

        await Eventually.TrueAsync(async () => !await witness.Store.IsLeasedAsync(id, Cancel), TimeSpan.FromSeconds(20), static () => "The lease stays.");
    }
}
