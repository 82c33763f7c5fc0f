using Gateway.Tokens.Cache;

namespace Gateway.Tests.Tokens.Cache;

public sealed class SingleFlightTests
{
    private readonly TaskCompletionSource<int> _work = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SingleFlight<string, int> _flights;
    private int _started;
    private string? _ambient;

    private static readonly AsyncLocal<string?> Ambient = new();

    public SingleFlightTests() => _flights = new(async _ =>
    {
        Interlocked.Increment(ref _started);
        _ambient = Ambient.Value;
        return await _work.Task;
    });

    [Fact]
    public async Task Join_Concurrent_StartsOnce()
    {
        var flights = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(() => _flights.Join(Some.Acme, "", out var _))));
        _work.SetResult(7);

        Assert.All(await Task.WhenAll(flights.Select(flight => flight.Landed)), result => Assert.Equal(7, result));
        Assert.Equal(1, _started);
    }

    [Fact]
    public async Task Join_AfterItLanded_StartsAnew()
    {
        _work.SetResult(7);
        await _flights.Join(Some.Acme, "", out _).Landed;
        await _flights.Join(Some.Acme, "", out var started).Landed;

        Assert.True(started);
        Assert.Equal(2, _started);
        Assert.Empty(_flights.InFlight);
    }

    [Fact]
    public async Task Join_WaiterGivesUp_OthersAndNewcomersStillShareTheFlight()
    {
        using var impatient = new CancellationTokenSource();
        var flight = _flights.Join(Some.Acme, "", out _);
        var wait = flight.Landed.WaitAsync(impatient.Token);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);

        Assert.Same(flight, _flights.Join(Some.Acme, "", out var started));
        Assert.False(started);
        _work.SetResult(7);
        Assert.Equal(7, await flight.Landed);
    }

    [Fact]
    public async Task Join_WorkCrashes_EveryWaiterSeesItAndTheNextStartsAnew()
    {
        _work.SetException(new InvalidOperationException("defect"));
        var flight = _flights.Join(Some.Acme, "", out _);

        await Assert.ThrowsAsync<InvalidOperationException>(() => flight.Landed);
        Assert.NotSame(flight, _flights.Join(Some.Acme, "", out _));
    }

    [Fact]
    public async Task Join_AmbientState_DoesNotFlow()
    {
        Ambient.Value = "the caller's";
        _work.SetResult(7);
        await _flights.Join(Some.Acme, "", out _).Landed;

        Assert.Null(_ambient);
    }
}
