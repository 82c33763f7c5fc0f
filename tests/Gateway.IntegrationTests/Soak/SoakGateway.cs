using Gateway.Testing.TcpFaults;

namespace Gateway.IntegrationTests.Soak;

/// <summary>
/// An instance of the soak test across restarts: the process changes, its data directory and its connection to Redis stay.
/// The fault schedule starts and stops it while callers use it.
/// </summary>
internal sealed class SoakGateway(int number, string configuration, RedisServer redis) : IAsyncDisposable
{
    private readonly TemporaryDirectory _data = new();
    private volatile GatewayProcess? _process;
    private int _turns; // Odd while it is being stopped, frozen or started.

    public TcpFaultProxy Redis { get; } = TcpFaultProxy.Start(redis.EndPoint);

    public GatewayProcess Process => _process ?? throw new InvalidOperationException("The process was not started.");

    /// <summary>Even while the process runs. If it changes during a call, the process was disturbed during that call.</summary>
    public int Turns => Volatile.Read(ref _turns);

    /// <summary>Waits for liveness, not readiness: the soak test measures how soon it serves.</summary>
    public async Task StartAsync() =>
        _process = await GatewayProcess.StartLiveAsync(
            configuration, $"Store:Redis=127.0.0.1:{Redis.Port}", $"Store:Path={_data.Path}",
            $"Store:EncryptionKeys:0={SoakWorld.EncryptionKey}");

    /// <summary>The exit of the process with its last output, followed by a restart; null while it runs, as expected.</summary>
    public async Task<string?> FindCrashAsync()
    {
        if (!Process.HasExited)
        {
            return null;
        }

        var words = $"ended by itself with {await Process.WaitForExitAsync()}:\n{Process.Output[^Math.Min(4000, Process.Output.Length)..]}";
        await DisturbAsync(ReplaceAsync);
        return words;
    }

    /// <summary>SIGTERM, then a start on the same data directory.</summary>
    public Task RestartAsync() => DisturbAsync(async () =>
    {
        Assert.Equal(0, await Process.StopAsync());
        await ReplaceAsync();
    });

    /// <summary>SIGKILL, then a start on the same data directory.</summary>
    public Task KillAndStartAsync() => DisturbAsync(async () =>
    {
        Process.Kill();
        await Process.WaitForExitAsync();
        await ReplaceAsync();
    });

    /// <summary>SIGSTOP, then SIGCONT after the given time.</summary>
    public Task FreezeAsync(Task time) => DisturbAsync(async () =>
    {
        Process.Freeze();
        await time;
        Process.Resume();
    });

    public override string ToString() => $"gateway {number}";

    public async ValueTask DisposeAsync()
    {
        if (_process is { } process)
        {
            await process.DisposeAsync();
        }

        await Redis.DisposeAsync();
        _data.Dispose();
    }

    private async Task DisturbAsync(Func<Task> disturb)
    {
        Interlocked.Increment(ref _turns);
        try
        {
            await disturb();
        }
        finally
        {
            Interlocked.Increment(ref _turns);
        }
    }

    private async Task ReplaceAsync()
    {
        var former = Process;
        await StartAsync();
        await former.DisposeAsync();
    }
}
