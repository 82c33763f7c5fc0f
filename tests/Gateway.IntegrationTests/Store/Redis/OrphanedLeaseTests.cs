using System.Diagnostics;
using System.Globalization;

using Gateway.Model;
using Gateway.Store.Leases;
using Gateway.Testing.TcpFaults;

using StackExchange.Redis;

namespace Gateway.IntegrationTests.Store.Redis;

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

        await Eventually.TrueAsync(async () => !await witness.Store.IsLeasedAsync(id, Cancel), static () => "The lease stays.");
    }

    [Fact]
    public async Task TryLeaseAsync_OwnerWasKilledOnThisMachine_IsTakenAtOnce()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux: elsewhere nobody tells for sure that a process is gone");
        await using var server = await RedisServer.StartAsync();
        await using var host = await StoreHost.ReadyOnRedisAsync(server.Configuration);
        await using var client = await ConnectionMultiplexer.ConnectAsync(server.Configuration);
        var (alive, killed) = (Samples.NewId(), Samples.NewId());
        var lease = await host.Store.TryLeaseAsync(alive, Length, Cancel);
        await host.Store.TryLeaseAsync(killed, Length, Cancel);
        var parts = lease!.Owner.Split('/');
        using var gone = Process.Start("true");
        await gone.WaitForExitAsync(Cancel);
        await client.GetDatabase().StringSetAsync(
            $"gateway:{{{killed}}}:lease", string.Create(CultureInfo.InvariantCulture, $"{parts[0]}/{gone.Id}-1/{parts[2]}"), Length);

        Assert.Null(await host.Store.TryLeaseAsync(alive, Length, Cancel));
        Assert.Equal(2, (await host.Store.TryLeaseAsync(killed, Length, Cancel))!.Fence);
    }

    [Theory]
    [InlineData("0123456789abcdef0123456789abcdef")]
    [InlineData("elsewhere/1-1/0123456789abcdef0123456789abcdef")]
    [InlineData("")]
    public void IsGone_OwnerThatRanElsewhere_IsNotKnown(string owner) => Assert.False(LeaseOwner.IsGone(owner));

    [Fact]
    public void IsGone_OwnerInThisProcess_IsNot() => Assert.False(LeaseOwner.IsGone(LeaseOwner.New()));

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

        await Eventually.TrueAsync(async () => !await witness.Store.IsLeasedAsync(id, Cancel), static () => "The lease stays.");
    }
}
