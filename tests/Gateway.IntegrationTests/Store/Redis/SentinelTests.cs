using System.Globalization;

using Gateway.Model;
using Gateway.Tokens;

namespace Gateway.IntegrationTests.Store.Redis;

/// <summary>Sentinel reports the primary, and promotes the replica when the primary fails.</summary>
public sealed class SentinelTests
{
    private const int Callers = 4;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_primary_killed_under_load_causes_no_error_and_loses_no_acknowledged_rotation()
    {
        await using var tokens = await TokenServer.StartAsync();
        await using var primary = await RedisServer.StartAsync();
        await using var replica =
            await RedisServer.StartAsync(arguments: ["--replicaof", "127.0.0.1", primary.Port.ToString(CultureInfo.InvariantCulture)]);
        await using var sentinel = await RedisSentinel.StartAsync(primary);
        var provider = Some.Provider(tokens.Url);
        await using var first = await InstanceAsync(sentinel);
        await using var second = await InstanceAsync(sentinel);
        Assert.NotNull(await first.Store.TryWriteAsync(Some.Connection(TimeProvider.System.GetUtcNow().AddHours(1)), 0, Cancel));
        using var load = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var callers = Enumerable.Range(0, Callers).Select(n => CallAsync(n % 2 == 0 ? first : second, provider, load.Token)).ToList();
        var rotations = RotateAsync(first, provider, load.Token);
        await Eventually.TrueAsync(() => tokens.Calls > 20);

        await primary.KillAsync();
        await Eventually.SucceedsAsync(async () => (await replica.AskAsync("ROLE"))[0].ToString() == "master");
        var before = tokens.Calls;
        await Eventually.TrueAsync(() => tokens.Calls > before + 5);
        await load.CancelAsync();
        var acknowledged = await rotations;

        Assert.All(await Task.WhenAll(callers), static calls => Assert.Equal((0, true), (calls.Refused, calls.Served > 100)));
        await Eventually.TrueAsync(async () => (await StoredAsync(second))?.Grant.RefreshToken.Reveal() == tokens.CurrentRefreshToken);
        Assert.True((await StoredAsync(second))!.Generation >= acknowledged);
        Assert.Distinct(tokens.Requests.Select(static request => request.Form["refresh_token"]), StringComparer.Ordinal);
    }

    [Fact]
    public async Task The_host_waits_for_Sentinels_that_are_unavailable_at_the_start()
    {
        await using var primary = await RedisServer.StartAsync();
        await using var host = await StoreHost.OnRedisAsync($"127.0.0.1:{FreePort.Next()},serviceName={RedisSentinel.ServiceName}");

        await Eventually.EqualAsync("unreachable", () => host.Readiness.Reason);
        Assert.False(host.Readiness.HasBeenReady);
    }

    private static Task<StoreHost> InstanceAsync(RedisSentinel sentinel) =>
        StoreHost.ReadyOnRedisAsync(sentinel.Configuration, static services => services.AddGatewayTokens());

    private static async Task<(int Served, int Refused)> CallAsync(StoreHost host, Provider provider, CancellationToken stop)
    {
        var (served, refused) = (0, 0);
        while (!stop.IsCancellationRequested)
        {
            var result = await host.Get<TokenBroker>().GetAsync(provider, Some.Acme, CancellationToken.None);
            (served, refused) = result.Failure is null ? (served + 1, refused) : (served, refused + 1);
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, CancellationToken.None);
        }

        return (served, refused);
    }

    // Returns the last generation that a caller received.
    private static async Task<long> RotateAsync(StoreHost host, Provider provider, CancellationToken stop)
    {
        var last = 0L;
        while (!stop.IsCancellationRequested)
        {
            var result = await host.Get<TokenBroker>().RefreshAsync(provider, Some.Acme, CancellationToken.None);
            last = result.Failure is null ? Math.Max(last, result.Connection!.Generation) : last;
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
        }

        return last;
    }

    private static async Task<Connection?> StoredAsync(StoreHost host)
    {
        try
        {
            return await host.Store.ReadAsync(Some.Acme, Cancel);
        }
        catch (StoreUnavailableException)
        {
            return null;
        }
    }
}
