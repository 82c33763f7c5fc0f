using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;

namespace Gateway.Observability.Exporting;

/// <summary>The exporter of metrics, in sight of an <see cref="ExportWatch"/>.</summary>
internal sealed class WatchedMetrics(OtlpExporterOptions otlp, ExportWatch watch) : OtlpMetricExporter(otlp)
{
    public override ExportResult Export(in Batch<Metric> metrics)
    {
        var result = base.Export(metrics);
        watch.Exported(result == ExportResult.Success, items: 0);
        return result;
    }
}
