using System.Runtime.CompilerServices;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace OpenTelemetry.Exporter.Prometheus;

/// <summary>
/// Holds what the last collection saw. A metric's points keep the values of that collection until the next one, so a scrape may
/// read them after the export, as long as no other collection runs; <see cref="Scrapes"/> sees to that.
/// </summary>
[ExportModes(ExportModes.Pull)]
internal sealed class PrometheusExporter : BaseExporter<Metric>, IPullMetricExporter
{
    // The SDK lets only the genuine exporter look itself up in a provider. Weak: a provider is nobody's to keep but its container's.
    private static readonly ConditionalWeakTable<PrometheusExporter, object?> Living = [];

    private readonly List<Metric> _metrics = [];

    public PrometheusExporter(PrometheusAspNetCoreOptions options)
    {
        Options = options;
        Scrapes = new Scrapes(this);
        Living.Add(this, null);
    }

    public PrometheusAspNetCoreOptions Options { get; }

    public Scrapes Scrapes { get; }

    public IReadOnlyList<Metric> Metrics => _metrics;

    public Resource Resource => ParentProvider.GetResource();

    /// <summary>Set by the reader: collects and calls <see cref="Export"/>. False after shutdown.</summary>
    public Func<int, bool>? Collect { get; set; }

    public static PrometheusExporter? Of(MeterProvider provider) =>
        Living.Select(living => living.Key).FirstOrDefault(exporter => ReferenceEquals(exporter.ParentProvider, provider));

    public override ExportResult Export(in Batch<Metric> batch)
    {
        _metrics.Clear();
        foreach (var metric in batch)
        {
            _metrics.Add(metric);
        }

        return ExportResult.Success;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Scrapes.Dispose();
        }

        base.Dispose(disposing);
    }
}
