using Gateway.Store.Redis;

using StackExchange.Redis;

namespace Gateway.Store.Availability;

/// <summary>Asks each second whether the store is there; says so, and catches up with what could not be done while it was not.</summary>
internal sealed partial class StoreMonitor(
    RedisLink link, StoreRecovery recovery, StoreReadiness readiness, TimeProvider clock, ILogger<StoreMonitor> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // Used by the loop alone.
    private bool _isForbiddenSaid;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        do
        {
            await LookAsync(stoppingToken);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    // Whatever goes wrong here, the loop goes on, or nobody would notice that the store is back.
    private async Task LookAsync(CancellationToken stoppingToken)
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

    // Not a matter of readiness: without word of changes the store still serves.
    private async Task CatchUpAsync(IConnectionMultiplexer multiplexer, CancellationToken stoppingToken)
    {
        try
        {
            await recovery.CatchUpAsync(multiplexer, stoppingToken);
        }
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            SayBehind(RedisFault.WordFor(e) ?? "error");
        }
    }

    // A server that does not let this user listen will not do so in a second either.
    private void SayBehind(string reason)
    {
        if (reason == RedisFault.NoPermission && !_isForbiddenSaid)
        {
            _isForbiddenSaid = true;
            Log.Deaf(logger);
        }

        Log.BehindOnChanges(logger, reason);
    }

    // What a call meets is that there is no connection, or that none comes in time; why is known to the link.
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

        [LoggerMessage(1102, LogLevel.Debug, "Changes of other instances may not be heard: {Reason}. Trying again each second.")]
        public static partial void BehindOnChanges(ILogger logger, string reason);

        [LoggerMessage(1103, LogLevel.Warning,
            "This user of Redis may not use the channel gateway:changes: what other instances change is noticed some seconds late. Grant it with &gateway:*.")]
        public static partial void Deaf(ILogger logger);
    }
}
