using Gateway.Observability;

namespace Gateway.Configuration;

/// <summary>
/// Loads at start, then again when files change. Files are compared by content once a second: that sees an editor's save, a swapped
/// Kubernetes mount and a network drive alike. A change counts when it has been still for a second.
/// </summary>
internal sealed partial class ConfigurationReload(
    ConfigurationLoader loader, ConfigurationSources sources, GatewayMetrics metrics, TimeProvider clock, ILogger<ConfigurationReload> logger)
    : BackgroundService, IHostedLifecycleService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    // Touched by the loop only.
    private string _seen = "";

    /// <summary>Before any listener opens.</summary>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        if (!loader.IsLoaded && await loader.LoadAsync() is { Count: > 0 } errors)
        {
            throw new InvalidConfigurationException(errors);
        }
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Looks once; loads when a change has settled.</summary>
    internal async Task PollAsync()
    {
        var now = sources.Fingerprint();
        var settled = now == _seen;
        _seen = now;
        if (settled && now != sources.ReadFingerprint)
        {
            await ReloadAsync();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, clock);
        while (await WaitAsync(timer, stoppingToken))
        {
            await PollAsync();
        }
    }

    private static async Task<bool> WaitAsync(PeriodicTimer timer, CancellationToken cancellationToken)
    {
        try
        {
            return await timer.WaitForNextTickAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task ReloadAsync()
    {
        var errors = await LoadAsync();
        metrics.ConfigurationReloaded(applied: errors.Count == 0);
        if (errors.Count == 0)
        {
            Log.Applied(logger);
            return;
        }

        Log.Refused(logger, errors.Count);
        foreach (var error in errors)
        {
            Log.Error(logger, error);
        }
    }

    // The process serves on what it has; a file that the checks themselves stumble over must not end it.
    private async Task<IReadOnlyList<string>> LoadAsync()
    {
        try
        {
            return await loader.LoadAsync();
        }
        catch (Exception defect)
        {
            return [$"The configuration can't be checked: {defect.GetType().Name} in {defect.TargetSite?.DeclaringType?.FullName}"];
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1000, LogLevel.Information, "The changed configuration is in force")]
        public static partial void Applied(ILogger logger);

        [LoggerMessage(1001, LogLevel.Error, "The changed configuration is refused for {Count} errors; the last good one stays in force")]
        public static partial void Refused(ILogger logger, int count);

        [LoggerMessage(1002, LogLevel.Error, "{Error}")]
        public static partial void Error(ILogger logger, string error);
    }
}
