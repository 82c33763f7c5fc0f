using Gateway.Store.Embedded;
using Gateway.Store.Index;
using Gateway.Store.Redis;

using Microsoft.Extensions.Options;

using StackExchange.Redis;

namespace Gateway.Store;

/// <summary>
/// The first of the hosted services: starts the embedded server when no Redis is configured, and connects. A folder in use or a wrong
/// setting fails the start; an unavailable Redis does not.
/// </summary>
internal sealed class StoreStart(IOptions<StoreOptions> options, RedisLink link, TimeProvider clock) : IHostedService, IDisposable
{
    private EmbeddedServer? _embedded;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var store = options.Value;
        _embedded = store.IsEmbedded ? EmbeddedServer.Start(new StoreDirectory(store.Path)) : null;
        var connecting = link.ConnectAsync(
            _embedded is null ? RedisConfiguration.Create(store.Redis, store.CaFile) : RedisConfiguration.Create(_embedded.EndPoint));

        // Connected before the first request when Redis answers; an unavailable Redis delays the start by the deadline at most.
        await Task.WhenAny(connecting, Task.Delay(RedisConfiguration.Deadline, clock, cancellationToken));
        if (connecting.IsCompleted)
        {
            await connecting;
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // Not in StopAsync: services that stop after this one may still write.
    public void Dispose() => _embedded?.Dispose();
}

/// <summary>
/// Asks each second whether the store answers, sets readiness, and does what could not be done while the store was unavailable.
/// </summary>
internal sealed partial class StoreMonitor(
    RedisLink link, StoreRecovery recovery, StoreReadiness readiness, TimeProvider clock, ILogger<StoreMonitor> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // Accessed by the loop alone.
    private bool _isNoChannelLogged;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        do
        {
            await ProbeAsync(stoppingToken);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    // Catches everything: when the loop ends, readiness is never set again.
    private async Task ProbeAsync(CancellationToken stoppingToken)
    {
        IConnectionMultiplexer multiplexer;
        try
        {
            multiplexer = await link.Probed.WaitAsync(RedisConfiguration.Deadline, clock, stoppingToken);
            if (await link.AskAsync(multiplexer.GetDatabase()).WaitAsync(RedisConfiguration.Deadline, clock, stoppingToken) is { } fault)
            {
                Fail(fault);
                return;
            }
        }
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            Fail(ReasonOf(e));
            return;
        }

        link.IsSilent = false;
        link.Answered();

        if (readiness.Answered())
        {
            Log.Ready(logger);
        }

        await CatchUpAsync(multiplexer, stoppingToken);
    }

    // Does not affect readiness: the store serves without notifications of changes too.
    private async Task CatchUpAsync(IConnectionMultiplexer multiplexer, CancellationToken stoppingToken)
    {
        try
        {
            await recovery.CatchUpAsync(multiplexer, stoppingToken);
        }
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            LogBehind(RedisFault.WordFor(e) ?? "error");
        }
    }

    // A missing permission is logged once as a warning: it is still missing a second later.
    private void LogBehind(string reason)
    {
        if (reason == RedisFault.NoPermission && !_isNoChannelLogged)
        {
            _isNoChannelLogged = true;
            Log.NoChannel(logger);
        }

        Log.BehindOnChanges(logger, reason);
    }

    // A call learns only that there is no connection or no answer; the link knows why.
    private string ReasonOf(Exception exception) => RedisFault.WordFor(exception) switch
    {
        RedisFault.Unreachable or RedisFault.Timeout when link.Fault is { } known => known,
        { } word => word,
        null => "error",
    };

    private void Fail(string reason)
    {
        link.IsSilent = reason == RedisFault.Timeout;
        if (readiness.Failed(reason))
        {
            Log.NotReady(logger, reason);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1100, LogLevel.Information, "The store is ready.")]
        public static partial void Ready(ILogger logger);

        [LoggerMessage(1101, LogLevel.Warning, "The store is not ready: {Reason}. Trying again each second.")]
        public static partial void NotReady(ILogger logger, string reason);

        [LoggerMessage(1102, LogLevel.Debug, "Changes by other instances may not be received: {Reason}. Trying again each second.")]
        public static partial void BehindOnChanges(ILogger logger, string reason);

        [LoggerMessage(1103, LogLevel.Warning,
            "The Redis user may not subscribe to gateway:changes: changes by other instances are noticed some seconds late. Grant the " +
            "channel with &gateway:*.")]
        public static partial void NoChannel(ILogger logger);
    }
}

/// <summary>Runs after each successful probe: checks the server's settings once, repairs the index, and keeps the subscription.</summary>
internal sealed class StoreRecovery(
    RedisChanges changes, ConnectionIndex index, ServerAdvice advice, IOptions<StoreOptions> options, TimeProvider clock)
{
    // Accessed by the monitor's loop alone.
    private bool _isAdvised = options.Value.IsEmbedded;
    private bool _isListening;
    private string _primaries = "";

    public async Task CatchUpAsync(IConnectionMultiplexer multiplexer, CancellationToken cancellationToken)
    {
        if (!await FollowPrimaryAsync(multiplexer, cancellationToken))
        {
            return;
        }

        if (!_isAdvised)
        {
            _isAdvised = true;
            await BoundAsync(advice.CheckAsync(multiplexer), cancellationToken);
        }

        await index.RepairAsync(cancellationToken);

        // Last, because it fails each time when the user may not subscribe.
        await ListenAsync(multiplexer.GetSubscriber(), cancellationToken);
    }

    private async Task ListenAsync(ISubscriber subscriber, CancellationToken cancellationToken)
    {
        if (!_isListening)
        {
            await BoundAsync(changes.ListenAsync(subscriber), cancellationToken);
            _isListening = true;
        }

        if (changes.WasInterrupted)
        {
            await BoundAsync(subscriber.PingAsync(), cancellationToken);
            changes.Resume();
        }
    }

    // Another primary may have missed the last writes of the one before. Without a Sentinel the client by itself looks for a new primary
    // only once a minute.
    private async Task<bool> FollowPrimaryAsync(IConnectionMultiplexer multiplexer, CancellationToken cancellationToken)
    {
        var primaries = string.Join(' ', multiplexer.GetServers()
            .Where(static server => server.IsConnected && !server.IsReplica)
            .Select(static server => $"{server.EndPoint}")
            .Order(StringComparer.Ordinal));
        if (primaries.Length == 0)
        {
            await BoundAsync(multiplexer.ConfigureAsync(), cancellationToken);
            return false;
        }

        if (primaries != _primaries)
        {
            changes.Interrupt();
            _primaries = primaries;
        }

        return true;
    }

    private Task BoundAsync(Task call, CancellationToken cancellationToken) =>
        call.WaitAsync(RedisConfiguration.Deadline, clock, cancellationToken);
}
