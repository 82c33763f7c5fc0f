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
