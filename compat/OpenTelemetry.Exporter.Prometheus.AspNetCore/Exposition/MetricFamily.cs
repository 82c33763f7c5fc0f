using OpenTelemetry.Metrics;

namespace OpenTelemetry.Exporter.Prometheus.Exposition;

/// <summary>
/// The metrics that share a name once it is translated, from whatever meters. A format allows one block for each name, and one type:
/// where types differ, none of the metrics is right, and all are left out.
/// </summary>
internal sealed record MetricFamily(string Name, MetricKind Kind, string Unit, List<Metric> Metrics)
{
    /// <summary>The first description given; empty if there is none.</summary>
    public string Help => Metrics.Select(metric => metric.Description).FirstOrDefault(text => !string.IsNullOrEmpty(text)) ?? "";

    private bool IsOfOneKind => Metrics.TrueForAll(metric => MetricKinds.Of(metric.MetricType) == Kind);

    public static IEnumerable<MetricFamily> Group(IReadOnlyList<Metric> metrics, bool openMetrics, bool withoutTotal)
    {
        var families = new Dictionary<string, MetricFamily>(StringComparer.Ordinal);
        foreach (var metric in metrics)
        {
            var kind = MetricKinds.Of(metric.MetricType);
            if (kind == MetricKind.None)
            {
                continue;
            }

            var unit = MetricUnit.Suffix(metric.Unit);
            var name = NameOf(metric, kind, unit, openMetrics, withoutTotal);
            if (!families.TryGetValue(name, out var family))
            {
                families.Add(name, family = new MetricFamily(name, kind, unit, []));
            }

            family.Metrics.Add(metric);
        }

        return families.Values.Where(family => family.IsOfOneKind).OrderBy(family => family.Name, StringComparer.Ordinal);
    }

    // In the text format a counter's block is named as its samples are, in OpenMetrics without their suffix.
    private static string NameOf(Metric metric, MetricKind kind, string unit, bool openMetrics, bool withoutTotal)
    {
        var name = MetricName.Base(metric.Name, unit, kind);
        var total = kind == MetricKind.Counter
            && !openMetrics
            && (!withoutTotal || metric.Name.EndsWith(MetricName.Total, StringComparison.Ordinal));
        return total ? name + MetricName.Total : name;
    }
}
