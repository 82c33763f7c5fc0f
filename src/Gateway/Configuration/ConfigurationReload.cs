using Gateway.Observability;

namespace Gateway.Configuration;

/// <summary>
/// Loads the configuration at the start, then again when files change. File contents are compared once a second, which covers an editor's
/// save, a swapped Kubernetes mount and a network drive. A change is loaded after it has been stable for a second.
/// </summary>
internal sealed partial class ConfigurationReload(
    ConfigurationLoader loader, ConfigurationSources sources, GatewayMetrics metrics, TimeProvider clock,
    ILogger<ConfigurationReload> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    // Used by the loop only.
    private string _lastFingerprint = "";

    /// <summary>Runs before the other hosted services, because it is registered first, and so before any listener opens.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!loader.IsLoaded && await loader.LoadAsync() is { Count: > 0 } errors)
        {
            throw new InvalidConfigurationException(errors);
        }

        await base.StartAsync(cancellationToken);
    }

    /// <summary>Compares the files once, and loads a change that has settled.</summary>
    internal async Task PollAsync()
    {
        var fingerprint = sources.Fingerprint();
        var isSettled = fingerprint == _lastFingerprint;
        _lastFingerprint = fingerprint;
        if (isSettled && fingerprint != sources.ReadFingerprint)
        {
            await ReloadAsync();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await PollAsync();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
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

    // A defect of the checks must not end the process, which goes on with the configuration in force.
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

        [LoggerMessage(1001, LogLevel.Error, "The changed configuration is refused with {Count} errors; the last good one stays in force")]
        public static partial void Refused(ILogger logger, int count);

        [LoggerMessage(1002, LogLevel.Error, "{Error}")]
        public static partial void Error(ILogger logger, string error);
    }
}
