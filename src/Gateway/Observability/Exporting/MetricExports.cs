using System.Diagnostics.Metrics;

using Microsoft.Extensions.Options;

using OpenTelemetry.Metrics;

namespace Gateway.Observability.Exporting;

/// <summary>
/// Which instruments are collected, and in what buckets. Every instrument that is updated for each request costs the warm path; what is
/// dropped here says why.
/// </summary>
internal static class MetricExports
{
    private const string HttpClientMeter = "System.Net.Http";
    private const string RuntimeMeter = "System.Runtime";

    private static readonly string[] Meters =
    [
        GatewayMetrics.MeterName, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.AspNetCore.Diagnostics",
        HttpClientMeter, "System.Net.NameResolution", RuntimeMeter,
    ];

    // The semantic conventions' bounds, and two below them: a proxy's own share is under a millisecond.
    private static readonly double[] RequestSeconds =
        [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    private static readonly double[] RefreshSeconds = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

    private static readonly double[] StoreSeconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

    // No host and no address: a provider may have one for each connection, and a route may pass the caller's on. Choosing among tags is
    // the SDK's slow way, so it is left to instruments that are updated by the connection, not by the request.
    private static readonly string[] ClientTags = ["network.protocol.version", "url.scheme", "error.type"];

    private static readonly string[] LookupTags = ["error.type"];

    /// <summary>Prometheus always, OTLP when configured, exemplars when there are traces to lead to.</summary>
    public static void Add(MeterProviderBuilder metrics, IConfiguration configuration)
    {
        metrics.AddMeter(Meters).AddView(ViewOf).AddPrometheusExporter(static options => options.ScopeInfoEnabled = false);
        if (OtlpSignal.Traces(configuration).IsOn)
        {
            metrics.SetExemplarFilter(ExemplarFilterType.TraceBased);
        }

        var otlp = OtlpSignal.Metrics(configuration);
        if (otlp.IsOn)
        {
            metrics.AddReader(services => Watched(services, otlp, configuration));
        }
    }

    // The intervals where nothing is configured are those of the specification.
    private static PeriodicExportingMetricReader Watched(IServiceProvider services, OtlpSignal otlp, IConfiguration configuration)
    {
        var times = services.GetRequiredService<IOptions<MetricReaderOptions>>().Value.PeriodicExportingMetricReaderOptions;
        var options = otlp.Options();
        var exporter = new WatchedMetrics(options, services.GetRequiredService<ExportWatches>().Of(otlp.Name, options.Endpoint));
        return new(exporter, times.ExportIntervalMilliseconds ?? 60_000, times.ExportTimeoutMilliseconds ?? 30_000)
        {
            TemporalityPreference = Enum.TryParse<MetricReaderTemporalityPreference>(
                configuration["OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"], ignoreCase: true, out var preference)
                ? preference
                : MetricReaderTemporalityPreference.Cumulative,
        };
    }

    // Tags of the server's instruments need no choosing: methods are normalized, the route is a pattern, the host is not among them.
    private static MetricStreamConfiguration? ViewOf(Instrument instrument) => instrument.Name switch
    {
        "http.server.request.duration" or AttemptTelemetry.Duration when instrument.Meter.Name != HttpClientMeter =>
            new ExplicitBucketHistogramConfiguration { Boundaries = RequestSeconds },
        "gateway.token.refresh.duration" => new ExplicitBucketHistogramConfiguration { Boundaries = RefreshSeconds },
        "gateway.store.operation.duration" => new ExplicitBucketHistogramConfiguration { Boundaries = StoreSeconds },
        "dns.lookup.duration" => new MetricStreamConfiguration { TagKeys = LookupTags },
        _ when instrument.Meter.Name == RuntimeMeter => RuntimeViewOf(instrument),
        _ => instrument.Meter.Name == HttpClientMeter ? ClientViewOf(instrument) : null,
    };

    // The gateway counts and times its attempts itself, without host and with provider (AttemptTelemetry). Open connections are updated four
    // times for each request, and say little beside active requests, time in queue and duration of connections.
    private static MetricStreamConfiguration ClientViewOf(Instrument instrument) => instrument.Name switch
    {
        AttemptTelemetry.Duration or AttemptTelemetry.Active or "http.client.open_connections" => MetricStreamConfiguration.Drop,
        _ => new MetricStreamConfiguration { TagKeys = ClientTags },
    };

    // In Prometheus "_count" at the end is a histogram's own, and "promtool check metrics" refuses a scrape that has it elsewhere.
    private static MetricStreamConfiguration? RuntimeViewOf(Instrument instrument) => instrument.Name switch
    {
        "dotnet.process.cpu.count" => new MetricStreamConfiguration { Name = "dotnet.process.cpus" },
        "dotnet.assembly.count" or "dotnet.timer.count" => MetricStreamConfiguration.Drop,
        _ => null,
    };
}
