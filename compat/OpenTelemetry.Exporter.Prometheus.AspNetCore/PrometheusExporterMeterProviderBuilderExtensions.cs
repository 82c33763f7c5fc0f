using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OpenTelemetry.Exporter;
using OpenTelemetry.Exporter.Prometheus;

namespace OpenTelemetry.Metrics;

/// <summary>Adds the Prometheus exporter to a meter provider.</summary>
public static class PrometheusExporterMeterProviderBuilderExtensions
{
    /// <inheritdoc cref="AddPrometheusExporter(MeterProviderBuilder, string, Action{PrometheusAspNetCoreOptions})"/>
    public static MeterProviderBuilder AddPrometheusExporter(this MeterProviderBuilder builder) =>
        AddPrometheusExporter(builder, name: null, configure: null);

    /// <inheritdoc cref="AddPrometheusExporter(MeterProviderBuilder, string, Action{PrometheusAspNetCoreOptions})"/>
    public static MeterProviderBuilder AddPrometheusExporter(
        this MeterProviderBuilder builder, Action<PrometheusAspNetCoreOptions> configure) =>
        AddPrometheusExporter(builder, name: null, configure);

    /// <summary>Makes the provider's metrics available to a scrape endpoint, which is mapped separately.</summary>
    /// <param name="builder">The provider's builder.</param>
    /// <param name="name">The name of the options; null for the default ones.</param>
    /// <param name="configure">Applied after the options bound by the application.</param>
    public static MeterProviderBuilder AddPrometheusExporter(
        this MeterProviderBuilder builder, string? name, Action<PrometheusAspNetCoreOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        name ??= Options.DefaultName;
        if (configure is not null)
        {
            builder.ConfigureServices(services => services.Configure(name, configure));
        }

        return builder.AddReader(services => new BaseExportingMetricReader(
            new PrometheusExporter(services.GetRequiredService<IOptionsMonitor<PrometheusAspNetCoreOptions>>().Get(name)))
        {
            TemporalityPreference = MetricReaderTemporalityPreference.Cumulative,
        });
    }
}
