using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Reflection;

using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Gateway.Observability;

/// <summary>Metrics, traces, logs and probes; what is measured lives with whoever measures it, who gets to see it is decided here.</summary>
public static class ObservabilityExtensions
{
    private const double DefaultSampling = 0.01;

    private static readonly string[] Meters =
    [
        GatewayMetrics.MeterName, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.AspNetCore.Routing",
        "Microsoft.AspNetCore.Diagnostics", "System.Net.Http", "System.Net.NameResolution", "System.Runtime",
    ];

    // The semantic conventions' bounds, and two below them: a proxy's own share is under a millisecond.
    private static readonly double[] RequestSeconds =
        [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    private static readonly double[] RefreshSeconds = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

    // What a caller chooses is not among them: methods are normalized, the route is a pattern, no host.
    private static readonly string[] ServerTags =
        [GatewayTags.Provider, "http.request.method", "http.response.status_code", "http.route", "network.protocol.version", "url.scheme", "error.type"];

    // No host either: a provider may have one for each connection, and a route may pass the caller's on.
    private static readonly string[] ClientTags =
        [GatewayTags.Provider, "http.request.method", "http.response.status_code", "http.connection.state", "network.protocol.version", "url.scheme", "error.type"];

    private static readonly string[] LookupTags = ["error.type"];

    /// <summary>
    /// Metrics for Prometheus always; traces, metrics and logs over OTLP when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set. The other
    /// variables of the OpenTelemetry specification count too; <c>OTEL_TRACES_SAMPLER</c> replaces the default of 1 % of new traces.
    /// </summary>
    public static IServiceCollection AddGatewayObservability(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<GatewayMetrics>();
        services.AddHostedService<ConnectionGauges>();
        services.AddLogging(AddLogs);

        var telemetry = services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService(
            configuration["OTEL_SERVICE_NAME"] ?? "gateway",
            serviceVersion: typeof(ObservabilityExtensions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion));
        telemetry.WithMetrics(AddMetrics);
        if (configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 })
        {
            // .NET 10 describes server spans by the conventions only when asked to, before the host is built.
            AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false);
            services.AddSingleton<IStartupFilter, ServerSpans>();
            telemetry.WithMetrics(static metrics => metrics.AddOtlpExporter());
            telemetry.WithTracing(tracing => AddTraces(tracing, configuration));
            telemetry.WithLogging(static logs => logs.AddOtlpExporter(), static options => options.IncludeFormattedMessage = true);
        }

        return services;
    }

    /// <summary>Maps <c>/metrics</c>, <c>/health/live</c> and <c>/health/ready</c>: no key, not counted among the requests.</summary>
    /// <returns>All of them, for conventions such as the listener they belong to.</returns>
    public static IEndpointConventionBuilder MapGatewayTelemetry(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("");
        HealthEndpoints.Map(group);
        var services = endpoints.ServiceProvider;
        services.GetRequiredService<GatewayMetrics>().ObserveReadiness(() => services.GetRequiredService<Readiness>().Reasons().Count == 0);
        group.MapPrometheusScrapingEndpoint("/metrics");
        return group.DisableHttpMetrics().ExcludeFromDescription();
    }

    // One JSON object a line, unless the configuration names another formatter.
    private static void AddLogs(ILoggingBuilder logging)
    {
        logging.AddConsole();
        logging.Services.PostConfigure<ConsoleLoggerOptions>(static options => options.FormatterName ??= ConsoleFormatterNames.Json);
        logging.Services.Configure<JsonConsoleFormatterOptions>(static options =>
        {
            options.UseUtcTimestamp = true;
            options.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
        });
        logging.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<LoggerFilterOptions>, LogHygiene>());
    }

    private static void AddMetrics(MeterProviderBuilder metrics) =>
        metrics.AddMeter(Meters).AddView(ViewOf).AddPrometheusExporter(static options => options.ScopeInfoEnabled = false);

    private static MetricStreamConfiguration? ViewOf(Instrument instrument) => instrument.Name switch
    {
        "http.server.request.duration" => new ExplicitBucketHistogramConfiguration { Boundaries = RequestSeconds, TagKeys = ServerTags },
        "http.client.request.duration" => new ExplicitBucketHistogramConfiguration { Boundaries = RequestSeconds, TagKeys = ClientTags },
        "gateway.token.refresh.duration" => new ExplicitBucketHistogramConfiguration { Boundaries = RefreshSeconds },
        "dns.lookup.duration" => new MetricStreamConfiguration { TagKeys = LookupTags },
        _ => instrument.Meter.Name == "System.Net.Http" ? new MetricStreamConfiguration { TagKeys = ClientTags } : null,
    };

    private static void AddTraces(TracerProviderBuilder tracing, IConfiguration configuration)
    {
        tracing.AddSource(GatewayActivities.SourceName, "Microsoft.AspNetCore").AddProcessor(new QueryRemoval()).AddOtlpExporter();
        if (string.IsNullOrEmpty(configuration["OTEL_TRACES_SAMPLER"]))
        {
            tracing.SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(DefaultSampling)));
        }
    }

    // Whoever adds a source later: queries carry codes, states and keys, and leave the process with no span.
    private sealed class QueryRemoval : BaseProcessor<Activity>
    {
        public override void OnEnd(Activity data)
        {
            data.SetTag("url.query", null);
            if (data.GetTagItem("url.full") is string full && full.IndexOf('?', StringComparison.Ordinal) is > 0 and var query)
            {
                data.SetTag("url.full", full[..query]);
            }
        }
    }
}
