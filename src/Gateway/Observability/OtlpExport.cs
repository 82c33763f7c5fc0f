using System.Globalization;

using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Gateway.Observability;

/// <summary>
/// Sends traces, metrics and logs with the SDK's own exporters. A signal leaves the process when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> or
/// <c>OTEL_EXPORTER_OTLP_{SIGNAL}_ENDPOINT</c> is set and <c>OTEL_{SIGNAL}_EXPORTER</c> is not <c>none</c>. Spans and log records wait in
/// bounded queues: a collector that is slow or unavailable makes the SDK drop them, and no request waits.
/// </summary>
internal static class OtlpExport
{
    public const string Traces = "traces";
    public const string Metrics = "metrics";
    public const string Logs = "logs";

    public static void Add(OpenTelemetryBuilder telemetry, IConfiguration configuration, Func<HttpContext, bool> acceptsTraceParent)
    {
        string[] wanted = [.. new[] { Traces, Metrics, Logs }.Where(signal => IsWanted(configuration, signal))];
        if (wanted.Contains(Traces))
        {
            AddTraces(telemetry, configuration, acceptsTraceParent);
        }

        if (wanted.Contains(Metrics))
        {
            telemetry.WithMetrics(metrics => metrics.AddOtlpExporter(options => Configure(options, configuration, Metrics)));
        }

        if (wanted.Contains(Logs))
        {
            telemetry.WithLogging(
                logs => logs.AddProcessor(new EventIds()).AddOtlpExporter(options => Configure(options, configuration, Logs)),
                static options => options.IncludeFormattedMessage = true);
        }

        if (wanted.Length > 0)
        {
            telemetry.Services.AddHostedService(services => ActivatorUtilities.CreateInstance<ExportErrors>(services, [wanted]));
        }
    }

    public static bool IsWanted(IConfiguration configuration, string signal) =>
        (Own(configuration, signal, "ENDPOINT") ?? configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]) is { Length: > 0 }
        && !"none".Equals(configuration[$"OTEL_{signal.ToUpperInvariant()}_EXPORTER"], StringComparison.OrdinalIgnoreCase);

    // Spans exist only when they are exported: without a listener the framework creates none.
    private static void AddTraces(OpenTelemetryBuilder telemetry, IConfiguration configuration, Func<HttpContext, bool> acceptsTraceParent)
    {
        // .NET 10 sets the tags of the HTTP conventions on server spans only with this switch, which is read when the host is built.
        AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false);
        telemetry.Services.AddSingleton<IStartupFilter>(new ServerSpans(acceptsTraceParent));
        telemetry.WithTracing(tracing =>
        {
            if (configuration["OTEL_TRACES_SAMPLER"] is not { Length: > 0 })
            {
                tracing.SetSampler(new ParentBasedSampler(new DefaultSampler()));
            }

            tracing.AddSource(GatewayActivities.SourceName, "Microsoft.AspNetCore")
                .AddProcessor(new SpanScrubber()).AddOtlpExporter(options => Configure(options, configuration, Traces));
        });
    }

    // AddOtlpExporter reads the variables for all signals. Those of one signal replace them
    // (https://opentelemetry.io/docs/specs/otel/protocol/exporter/). UseOtlpExporter reads both, but exports all three signals or none.
    private static void Configure(OtlpExporterOptions options, IConfiguration configuration, string signal)
    {
        options.Headers = Own(configuration, signal, "HEADERS") ?? options.Headers;
        if (Own(configuration, signal, "PROTOCOL") is { } protocol)
        {
            options.Protocol = protocol == "grpc" ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        }

        if (Uri.TryCreate(Own(configuration, signal, "ENDPOINT"), UriKind.Absolute, out var endpoint))
        {
            options.Endpoint = endpoint;
        }

        if (int.TryParse(Own(configuration, signal, "TIMEOUT"), CultureInfo.InvariantCulture, out var milliseconds))
        {
            options.TimeoutMilliseconds = milliseconds;
        }

        if (Own(configuration, signal, "COMPRESSION") is { } compression)
        {
            options.Compression = compression == "gzip" ? OtlpExportCompression.GZip : OtlpExportCompression.None;
        }
    }

    private static string? Own(IConfiguration configuration, string signal, string setting) =>
        configuration[$"OTEL_EXPORTER_OTLP_{signal.ToUpperInvariant()}_{setting}"] is { Length: > 0 } text ? text : null;

    /// <summary>Adds the event's number (docs/log-events.md) as attribute <c>event.id</c>; the exporter sends its name only.</summary>
    private sealed class EventIds : BaseProcessor<LogRecord>
    {
        public override void OnEnd(LogRecord data)
        {
            if (data.EventId.Id != 0)
            {
                data.Attributes = [.. data.Attributes ?? [], new("event.id", data.EventId.Id)];
            }
        }
    }

    /// <summary>
    /// Samples one request in a hundred where no caller decided, and every background refresh: those are few, and their steps can be seen
    /// nowhere else. <c>OTEL_TRACES_SAMPLER</c> replaces it.
    /// </summary>
    private sealed class DefaultSampler : Sampler
    {
        private readonly TraceIdRatioBasedSampler _ratio = new(0.01);

        public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
            samplingParameters.Name == GatewayActivities.Refresh
                ? new SamplingResult(SamplingDecision.RecordAndSample)
                : _ratio.ShouldSample(samplingParameters);
    }
}
