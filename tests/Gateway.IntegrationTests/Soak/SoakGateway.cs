using Gateway.Testing.TcpFaults;

namespace Gateway.IntegrationTests.Soak;

/// <summary>
/// One of the soak's instances through all its lives: the process changes, its data directory and its leg to Redis stay.
/// The schedule of faults starts and ends it, callers use it meanwhile.
/// </summary>
internal sealed class SoakGateway(int number, string configuration, RedisServer redis) : IAsyncDisposable
{
    private readonly TemporaryDirectory _data = new();
    private volatile GatewayProcess? _process;
    private int _turns; // Odd while it is being ended, frozen or started.

    public TcpFaultProxy Redis { get; } = TcpFaultProxy.Start(redis.EndPoint);

    public GatewayProcess Process => _process ?? throw new InvalidOperationException("It was never started.");

    /// <summary>Even while it is up. A call during which it changed met a disturbance of the process itself.</summary>
    public int Turns => Volatile.Read(ref _turns);

    /// <summary>Live, not ready: how soon it serves is the soak's own question.</summary>
    public async Task StartAsync() =>
        _process = await GatewayProcess.StartLiveAsync(
            configuration, $"Store:Redis=127.0.0.1:{Redis.Port}", $"Store:Path={_data.Path}",
            $"Store:EncryptionKeys:0={SoakWorld.EncryptionKey}");

    /// <summary>How it ended, with its last words, and a start; null while it runs, as it should.</summary>
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

    /// <summary>SIGTERM, and a start on what it left behind.</summary>
    public Task RestartAsync() => DisturbAsync(async () =>
    {
        Assert.Equal(0, await Process.StopAsync());
        await ReplaceAsync();
    });

    /// <summary>SIGKILL, and a start on what it left behind.</summary>
    public Task KillAndStartAsync() => DisturbAsync(async () =>
    {
        Process.Kill();
        await Process.WaitForExitAsync();
        await ReplaceAsync();
    });

    /// <summary>SIGSTOP, and SIGCONT when the time is over.</summary>
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
