using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Gateway.Observability.Exporting;

/// <summary>The signals that leave over OTLP, and the counters of what becomes of them. The series of a signal that stays here are absent.</summary>
internal sealed class ExportWatches
{
    private readonly ExportLog _log;

    // Filled while the SDK's providers are built, read by scrapes.
    private readonly ConcurrentBag<ExportWatch> _watches = [];

    public ExportWatches(IMeterFactory meters, ExportLog log)
    {
        _log = log;
        var meter = meters.Create(GatewayMetrics.MeterName);
        meter.CreateObservableCounter(
            "gateway.telemetry.exports", () => _watches.SelectMany(static watch => watch.Exports()), null, "Batches given to the OTLP collector, by whether it took them.");
        meter.CreateObservableCounter(
            "gateway.telemetry.dropped", () => _watches.SelectMany(static watch => watch.Dropped()), null, "Spans and log records that the OTLP collector never got.");
    }

    /// <param name="signal"><c>traces</c>, <c>metrics</c> or <c>logs</c>.</param>
    /// <param name="endpoint">Where to. The log is told scheme, host and port: what else an address may hold is nobody's business.</param>
    /// <param name="capacity">Of the queue; 0 without one.</param>
    public ExportWatch Of(string signal, Uri endpoint, int capacity = 0)
    {
        var watch = new ExportWatch(signal, endpoint.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped), capacity, _log);
        _watches.Add(watch);
        return watch;
    }
}
