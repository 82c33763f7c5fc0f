using System.Diagnostics.Metrics;
using System.Reflection;

using Microsoft.Extensions.DependencyInjection.Extensions;

using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Gateway.Observability;

/// <summary>Metrics, traces, logs and health.</summary>
public static class ObservabilityExtensions
{
    /// <summary>Of the build, without the revision that a build server may append after a plus sign.</summary>
    internal static string Version { get; } = typeof(ObservabilityExtensions).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>
    /// Adds metrics for Prometheus always; traces, metrics and logs over OTLP when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>, or the variable of
    /// that name for one signal, is set. OpenTelemetry's other variables are honoured, too.
    /// </summary>
    /// <param name="services">Needs a <see cref="Readiness"/>.</param>
    /// <param name="configuration">It contains OpenTelemetry's variables.</param>
    /// <param name="acceptsTraceParent">Whether a request's <c>traceparent</c> may decide that the request is recorded.</param>
    public static IServiceCollection AddGatewayObservability(
        this IServiceCollection services, IConfiguration configuration, Func<HttpContext, bool> acceptsTraceParent)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<GatewayMetrics>();
        services.AddHostedService<ConnectionGauges>();
        services.AddHealthChecks().AddCheck<Readiness>(HealthEndpoints.ReadinessCheck);
        services.AddLogging(ConsoleLogs.Add);

        // The environment (OTEL_RESOURCE_ATTRIBUTES, OTEL_SERVICE_NAME) comes last, since the later of two equal attributes wins.
        var telemetry = services.AddOpenTelemetry().ConfigureResource(
            static resource => resource.AddService("gateway", serviceVersion: Version).AddEnvironmentVariableDetector());
        telemetry.WithMetrics(metrics =>
        {
            MetricViews.Add(metrics);
            metrics.AddPrometheusExporter(static options => options.ScopeInfoEnabled = false);

            // An exemplar leads from a dashboard to a trace; it costs each measurement of a sampled request.
            if (OtlpExport.IsWanted(configuration, OtlpExport.Traces))
            {
                metrics.SetExemplarFilter(ExemplarFilterType.TraceBased);
            }
        });
        OtlpExport.Add(telemetry, configuration, acceptsTraceParent);
        return services;
    }

    /// <summary>Maps <c>/metrics</c>, <c>/health/live</c> and <c>/health/ready</c>, which require no key and are not counted.</summary>
    public static void MapGatewayTelemetry(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("");
        HealthEndpoints.Map(group);
        var services = endpoints.ServiceProvider;
        services.GetRequiredService<GatewayMetrics>().ObserveReadiness(services.GetRequiredService<Readiness>());
        group.MapPrometheusScrapingEndpoint("/metrics");
        group.DisableHttpMetrics().ExcludeFromDescription();
    }
}

/// <summary>
/// Which meters are collected, and the buckets and tags of their instruments. An instrument that is updated for each request costs the warm
/// path, so those that no dashboard, alert or contract needs are dropped.
/// </summary>
internal static class MetricViews
{
    private const string HttpClientMeter = "System.Net.Http";
    private const string RuntimeMeter = "System.Runtime";

    // The last one is the SDK's own: spans and log records for which a queue had no room.
    private static readonly string[] Meters =
    [
        GatewayMetrics.MeterName, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.AspNetCore.Diagnostics",
        HttpClientMeter, "System.Net.NameResolution", RuntimeMeter, "otel.sdk.experimental",
    ];

    // The bounds of the semantic conventions, and two below them: the gateway's own share of a request is less than a millisecond.
    private static readonly double[] RequestSeconds =
        [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    private static readonly double[] RefreshSeconds = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

    private static readonly double[] StoreSeconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

    // Without host and address: a provider may have one for each connection, and a route may pass the caller's on. A view with TagKeys
    // makes each update slower, so these views stand only on instruments that are updated once for a connection or a lookup.
    private static readonly string[] ClientTags = ["network.protocol.version", "url.scheme", "error.type"];

    public static void Add(MeterProviderBuilder metrics) => metrics.AddMeter(Meters).AddView(ViewOf);

    // The server's instruments need no TagKeys: methods are normalized, the route is a pattern, the host is not among the tags.
    private static MetricStreamConfiguration? ViewOf(Instrument instrument) => (instrument.Meter.Name, instrument.Name) switch
    {
        // AttemptTelemetry measures these by provider and without host. Open connections are updated four times for each request.
        (HttpClientMeter, AttemptTelemetry.Duration or AttemptTelemetry.Active or "http.client.open_connections") =>
            MetricStreamConfiguration.Drop,
        (HttpClientMeter, _) => new() { TagKeys = ClientTags },
        (_, "http.server.request.duration" or AttemptTelemetry.Duration) => Buckets(RequestSeconds),
        (_, "gateway.token.refresh.duration") => Buckets(RefreshSeconds),
        (_, "gateway.store.operation.duration") => Buckets(StoreSeconds),
        (_, "dns.lookup.duration") => new() { TagKeys = ["error.type"] },

        // "promtool check metrics" accepts the ending "_count" on histograms only.
        (RuntimeMeter, "dotnet.process.cpu.count") => new() { Name = "dotnet.process.cpus" },
        (RuntimeMeter, "dotnet.assembly.count" or "dotnet.timer.count") => MetricStreamConfiguration.Drop,
        _ => null,
    };

    private static ExplicitBucketHistogramConfiguration Buckets(double[] seconds) => new() { Boundaries = seconds };
}
