using Gateway.Model;
using Gateway.Testing.TcpFaults;

namespace Gateway.IntegrationTests.Store.Redis;

/// <summary>One connection to a running Redis breaks: idempotent calls are repeated without an error.</summary>
public sealed class CutConnectionTests : IAsyncLifetime
{
    // The deadline is in real time: a loaded machine may miss it once, but not each time.
    private const int Tries = 5;

    private static readonly TimeSpan Length = TimeSpan.FromMinutes(1);

    private RedisServer _server = null!;
    private TcpFaultProxy _network = null!;
    private StoreHost _host = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await RedisServer.StartAsync();
        _network = TcpFaultProxy.Start(_server.EndPoint);
        _host = await StoreHost.ReadyOnRedisAsync($"127.0.0.1:{_network.Port}");
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _network.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ReadAsync_ConnectionCutUnderIt_AnswersFromTheNext(bool afterItHappened)
    {
        var id = Samples.NewId();
        await _host.Store.TryWriteAsync(Samples.Connection(id), 0, Cancel);

        var read = await UnseenAsync(() => CutAsync($"{{{id}}}", afterItHappened, () => _host.Store.ReadAsync(id, Cancel)));

        Assert.Equal(1, read!.Generation);
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 2)] // It was taken, unheard; the same owner takes it once more.
    public async Task TryLeaseAsync_ConnectionCutUnderIt_IsTakenOnTheNext(bool afterItHappened, long fence)
    {
        var lease = await UnseenAsync(() => LeaseAsync(Samples.NewId(), afterItHappened));

        Assert.Equal(fence, lease!.Fence);
        Assert.Null(await _host.Store.TryLeaseAsync(lease.Connection, Length, Cancel));
        await _host.Store.ReleaseAsync(lease, Cancel);
        Assert.False(await _host.Store.IsLeasedAsync(lease.Connection, Cancel));
    }

    private static async Task<T> UnseenAsync<T>(Func<Task<T>> call)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await call();
            }
            catch (StoreUnavailableException) when (tries < Tries)
            {
            }
        }
    }

    private Task<Lease?> LeaseAsync(ConnectionId id, bool afterItHappened) =>
        CutAsync($"{{{id}}}:lease", afterItHappened, () => _host.Store.TryLeaseAsync(id, Length, Cancel));

    // Resets the connection when a call, or its answer, is in flight.
    private async Task<T> CutAsync<T>(string text, bool afterItHappened, Func<ValueTask<T>> call)
    {
        await Eventually.EqualAsync("ready", () => _host.Readiness.Reason);
        var hold = _network.HoldWhen(text, point: afterItHappened ? HoldPoint.Answer : HoldPoint.Bytes);
        var answer = call();
        await hold.Arrived.WaitAsync(Cancel);
        hold.Cut();
        return await answer;
    }
}
