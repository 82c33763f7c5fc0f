using System.Reflection;

using Gateway.Observability.Exporting;

using Microsoft.Extensions.DependencyInjection.Extensions;

using OpenTelemetry.Resources;

namespace Gateway.Observability;

/// <summary>Metrics, traces, logs and probes; what is measured lives with whoever measures it, who gets to see it is decided here.</summary>
public static class ObservabilityExtensions
{
    /// <summary>
    /// Metrics for Prometheus always; traces, metrics and logs over OTLP when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>, or the variable of
    /// that name for one signal, is set. The other variables of the OpenTelemetry specification count too.
    /// </summary>
    /// <param name="services">Where to.</param>
    /// <param name="configuration">Of the process; OpenTelemetry's variables are read from it.</param>
    /// <param name="heedsCaller">Whether a request's <c>traceparent</c> may decide that it is recorded.</param>
    public static IServiceCollection AddGatewayObservability(
        this IServiceCollection services, IConfiguration configuration, Func<HttpContext, bool> heedsCaller)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<GatewayMetrics>();
        services.AddHostedService<ConnectionGauges>();
        services.AddSingleton<ExportLog>().AddSingleton<ExportWatches>().AddHostedService<ExportLogOpening>();
        services.AddLogging(ConsoleLogs.Add);

        // Last the environment (OTEL_RESOURCE_ATTRIBUTES, OTEL_SERVICE_NAME): of two that name an attribute the later wins.
        var telemetry = services.AddOpenTelemetry().ConfigureResource(
            static resource => resource.AddService("gateway", serviceVersion: Version).AddEnvironmentVariableDetector());
        telemetry.WithMetrics(metrics => MetricExports.Add(metrics, configuration));
        TraceExports.Add(telemetry, configuration, heedsCaller);
        LogExports.Add(telemetry, configuration);
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

    /// <summary>Of the build, without the revision that a build server may add after a plus sign.</summary>
    internal static string Version { get; } =
        typeof(ObservabilityExtensions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";
}
