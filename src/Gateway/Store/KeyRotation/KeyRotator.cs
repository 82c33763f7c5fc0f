using System.Diagnostics.Metrics;

using Gateway.Model;
using Gateway.Observability;
using Gateway.Store.Availability;

namespace Gateway.Store.KeyRotation;

/// <summary>
/// In the background, by one instance at a time: seals anew what older keys sealed, and says which keys are in use, which may go and
/// which are missing. Begins when the store first answers, then looks again each hour: an instance that has not got the new key yet may
/// have written with the old one since.
/// </summary>
internal sealed partial class KeyRotator(
    RecordScanner walk, RewrapTurn turn, StoreReadiness readiness, TimeProvider clock, ILogger<KeyRotator> logger) : BackgroundService
{
    private static readonly TimeSpan Rest = TimeSpan.FromHours(1);
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    // While a key is missing, operators are at it.
    private static readonly TimeSpan Watch = TimeSpan.FromMinutes(5);

    // Until the store first answers: an instance that was started with the wrong keys should say so while somebody still looks.
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    // Replaced as a whole by the loop, read by scrapes. Null until this instance has made a walk.
    private volatile KeyUse? _use;

    /// <summary>True when the last walk met connections that no key of this instance opens.</summary>
    public bool IsKeyMissing => _use is { Unknown: > 0 };

    /// <summary>One walk. False when another instance makes one, or the store went away.</summary>
    public async Task<bool> TryWalkAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (!await turn.TryTakeAsync(cancellationToken))
            {
                return false;
            }

            var use = await walk.ResealAsync(() => turn.RenewAsync(cancellationToken).AsTask(), cancellationToken);
            await turn.ReleaseAsync(cancellationToken);
            if (use is not null)
            {
                Report(use);
            }

            return use is not null;
        }
        catch (StoreUnavailableException e)
        {
            Log.Interrupted(logger, e.Message);
            return false;
        }
    }

    /// <summary>For a gauge: the last walk of this instance.</summary>
    public IEnumerable<Measurement<long>> Observe()
    {
        if (_use is { } use)
        {
            yield return new(use.Active, new KeyValuePair<string, object?>(GatewayTags.Key, "active"));
            yield return new(use.Old, new KeyValuePair<string, object?>(GatewayTags.Key, "old"));
            yield return new(use.Unknown, new KeyValuePair<string, object?>(GatewayTags.Key, "unknown"));
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            // Not all instances of an installation at once, and not while a start has better things to do.
            var pause = PauseAfter(await TryStepAsync(stoppingToken));
            await Task.Delay(pause * (0.8 + (0.4 * Random.Shared.NextDouble())), clock, stoppingToken);
        }
    }

    private TimeSpan PauseAfter(bool isDone) =>
        !readiness.HasBeenReady ? Moment
        : !isDone ? Soon
        : IsKeyMissing ? Watch
        : Rest;

    // True when nothing is left to do. A defect here is worth a line, not the end of the process.
    private async Task<bool> TryStepAsync(CancellationToken stoppingToken)
    {
        try
        {
            return readiness.HasBeenReady && await TryWalkAsync(stoppingToken) && _use is { Old: 0 };
        }
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            Log.Crashed(logger, e);
            return false;
        }
    }

    private void Report(KeyUse use)
    {
        _use = use;
        if (use.Resealed > 0)
        {
            Log.Resealed(logger, use.Resealed, use.Keys[0].Id, use.Old);
        }

        foreach (var key in use.Keys.Where(static key => !key.IsActive))
        {
            if (!key.IsConfigured)
            {
                Log.KeyMissing(logger, key.Records, key.Id);
            }
            else if (key.Records == 0)
            {
                Log.KeyUnused(logger, key.Id);
            }
        }

        if (use.Unreadable > 0)
        {
            Log.Unreadable(logger, use.Unreadable);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1150, LogLevel.Information, "{Count} connections were sealed anew with key {Key}; {Left} are still sealed with older ones.")]
        public static partial void Resealed(ILogger logger, long count, string key, long left);

        [LoggerMessage(1151, LogLevel.Error,
            "{Count} connections are sealed with key {Key}, which is not among Store:EncryptionKeys: they are unavailable until it is put back behind the others.")]
        public static partial void KeyMissing(ILogger logger, long count, string key);

        [LoggerMessage(1152, LogLevel.Information, "No connection is sealed with key {Key} any more: it may be taken out of Store:EncryptionKeys once every instance has the active one.")]
        public static partial void KeyUnused(ILogger logger, string key);

        [LoggerMessage(1153, LogLevel.Error, "{Count} connections can't be read: what is stored was changed, moved, or written by a newer version.")]
        public static partial void Unreadable(ILogger logger, long count);

        [LoggerMessage(1154, LogLevel.Debug, "The walk over all connections ended early and will begin again: {Reason}")]
        public static partial void Interrupted(ILogger logger, string reason);

        [LoggerMessage(1155, LogLevel.Error, "The walk over all connections failed unexpectedly and will begin again.")]
        public static partial void Crashed(ILogger logger, Exception exception);
    }
}
