using Gateway.Configuration;
using Gateway.Configuration.Listeners;
using Gateway.Model;

namespace Gateway.Testing;

/// <summary>The gateway in this process on free ports, with one configuration file that a test may rewrite.</summary>
internal sealed class RunningGateway : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private RunningGateway(string json, TimeProvider clock, string[] arguments)
    {
        File = _directory.Write("gateway.json", json);
        App = GatewayHosting.Build(
            [
                "--config", File, "--Admin:Key=key-of-a-test-only", $"--Store:Path={_directory.At("data")}",
                .. Enum.GetNames<GatewayListener>().Select(static name => $"--Kestrel:Endpoints:{name}:Url=http://127.0.0.1:0"),
                .. arguments,
            ],
            builder =>
            {
                builder.Logging.ClearProviders().AddProvider(Log);
                builder.Services.AddSingleton(clock);

                // These tests store nothing, so no embedded server is started.
                builder.Services.WithoutStoreServer().AddSingleton<IConnectionStore>(Store);
            });
    }

    public string File { get; }

    public WebApplication App { get; }

    public InMemoryConnectionStore Store { get; } = new(TimeProvider.System);

    public LogCapture Log { get; } = new();

    public ConfigurationReload Reload => App.Services.GetServices<IHostedService>().OfType<ConfigurationReload>().Single();

    /// <param name="json">The configuration file.</param>
    /// <param name="clock">The system's clock runs the reload loop; without a clock, only the test polls the file.</param>
    /// <param name="arguments">Further keys of the command line.</param>
    public static async Task<RunningGateway> StartAsync(string json, TimeProvider? clock = null, params string[] arguments)
    {
        var gateway = new RunningGateway(json, clock ?? new SilentClock(), arguments);
        await gateway.App.StartAsync();
        return gateway;
    }

    /// <summary>Rewrites the file and polls it twice: a change applies when two polls see the same content.</summary>
    public async Task RewriteAsync(string json)
    {
        await System.IO.File.WriteAllTextAsync(File, json);
        await Reload.PollAsync();
        await Reload.PollAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        _directory.Dispose();
    }

    /// <summary>The system's time, with timers that never fire.</summary>
    private sealed class SilentClock : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }
}
