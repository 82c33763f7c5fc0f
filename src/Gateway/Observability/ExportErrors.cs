using System.Diagnostics.Metrics;
using System.Diagnostics.Tracing;

namespace Gateway.Observability;

/// <summary>
/// Counts and logs the errors of the OTLP exporters, which the SDK reports to an event source alone (docs/decisions/0072). The first error
/// of a signal is logged at once, and then one every ten minutes while errors go on.
/// </summary>
internal sealed partial class ExportErrors : EventListener, IHostedService
{
    private const string SourceName = "OpenTelemetry-Exporter-OpenTelemetryProtocol";

    private static readonly TimeSpan LogInterval = TimeSpan.FromMinutes(10);

    private readonly Signal[] _signals;
    private readonly TimeProvider _clock;
    private readonly ILogger<ExportErrors> _logger;

    /// <summary>Each of the exported <paramref name="signals"/> has a series from the start.</summary>
    public ExportErrors(string[] signals, IMeterFactory meters, TimeProvider clock, ILogger<ExportErrors> logger)
    {
        _signals = [.. signals.Select(static name => new Signal(name))];
        (_clock, _logger) = (clock, logger);
        meters.Create(GatewayMetrics.MeterName).CreateObservableCounter(
            "gateway.telemetry.export.errors", () => _signals.Select(static signal => signal.Observe()), null, "OTLP exporters' errors.");

        // The base constructor ran before the fields above were set, so the source is enabled here and not in OnEventSourceCreated.
        EventSourceCreated += (_, created) =>
        {
            if (created.EventSource?.Name == SourceName)
            {
                EnableEvents(created.EventSource, EventLevel.Warning);
            }
        };
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        // The first value of an event is the endpoint without its user information, or a text that names the exporter.
        if (eventData.Payload is [string subject, ..] && Find(subject, out var collector) is { } signal)
        {
            Interlocked.Increment(ref signal.Errors);
            if (signal.IsLineDue(_clock.GetUtcNow(), LogInterval))
            {
                Log.Failed(_logger, signal.Name, eventData.EventName ?? "error", collector);
            }
        }
    }

    // Over HTTP the path ends in /v1/traces, over gRPC in …trace.v1.TraceService/Export. A path of the operator's own that names no signal
    // counts for the first one.
    private Signal? Find(string subject, out string collector)
    {
        var isEndpoint = Uri.TryCreate(subject, UriKind.Absolute, out var endpoint);
        collector = isEndpoint ? endpoint!.GetLeftPart(UriPartial.Authority) : "(unknown)";
        var text = isEndpoint ? endpoint!.AbsolutePath : subject;
        return Array.Find(_signals, signal => text.Contains(signal.Name[..^1], StringComparison.OrdinalIgnoreCase))
            ?? (isEndpoint ? _signals[0] : null);
    }

    private sealed class Signal(string name)
    {
        // Incremented by exporting threads, read by scrapes.
        public long Errors;

        // UTC ticks. Exporting threads race for the next line; the exchange lets one of them log it.
        private long _quietUntil;

        public string Name => name;

        public bool IsLineDue(DateTimeOffset now, TimeSpan interval)
        {
            var until = Volatile.Read(ref _quietUntil);
            return now.UtcTicks >= until && Interlocked.CompareExchange(ref _quietUntil, (now + interval).UtcTicks, until) == until;
        }

        public Measurement<long> Observe() => new(Volatile.Read(ref Errors), new KeyValuePair<string, object?>(GatewayTags.Signal, name));
    }

    private static partial class Log
    {
        [LoggerMessage(6010, LogLevel.Warning,
            "OTLP {Signal}: {Error} at collector {Collector}; what it does not take is lost. Next line in ten minutes at the earliest.")]
        public static partial void Failed(ILogger logger, string signal, string error, string collector);
    }
}
