using System.Collections.Concurrent;

namespace Gateway.Observability.Exporting;

/// <summary>
/// One line when a signal no longer gets through, and one when it does again: after a minute without a loss, so that a collector that
/// comes and goes is not told of each time.
/// </summary>
internal sealed partial class ExportLog(TimeProvider clock)
{
    private static readonly TimeSpan Calm = TimeSpan.FromMinutes(1);

    // By signal while it is in trouble; each is touched by its own exporting thread only.
    private readonly ConcurrentDictionary<string, Trouble> _troubles = new(StringComparer.Ordinal);

    // Exporters are older than the loggers that they export for. Set once, when the host starts; until then nothing is said.
    private volatile ILogger? _logger;

    public void Open(ILogger logger) => _logger = logger;

    /// <param name="signal">Whose.</param>
    /// <param name="collector">Scheme, host and port.</param>
    /// <param name="isWell">True when all got through since the last note.</param>
    /// <param name="lostBefore">How many items had not, since the start, at the last note.</param>
    /// <param name="lost">How many have not now.</param>
    public void Note(string signal, string collector, bool isWell, long lostBefore, long lost)
    {
        if (_logger is not { } logger)
        {
            return;
        }

        var now = clock.GetUtcNow();
        var trouble = _troubles.GetValueOrDefault(signal);
        if (!isWell)
        {
            if (trouble is null)
            {
                Log.Fails(logger, signal, collector);
            }

            _troubles[signal] = new(trouble?.Since ?? now, now, trouble?.LostBefore ?? lostBefore);
        }
        else if (trouble is not null && now - trouble.Latest >= Calm)
        {
            _troubles.TryRemove(signal, out _);
            Log.Works(logger, signal, collector, trouble.Since, lost - trouble.LostBefore);
        }
    }

    private sealed record Trouble(DateTimeOffset Since, DateTimeOffset Latest, long LostBefore);

    private static partial class Log
    {
        [LoggerMessage(6010, LogLevel.Warning, "OTLP {Signal}: the collector {Collector} does not take them, or not fast enough. What does not get through is lost and counted.")]
        public static partial void Fails(ILogger logger, string signal, string collector);

        [LoggerMessage(6011, LogLevel.Information, "OTLP {Signal}: the collector {Collector} takes them again; since {Since:u} {Lost} were lost.")]
        public static partial void Works(ILogger logger, string signal, string collector, DateTimeOffset since, long lost);
    }
}
