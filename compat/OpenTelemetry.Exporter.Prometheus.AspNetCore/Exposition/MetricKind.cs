using OpenTelemetry.Metrics;

namespace OpenTelemetry.Exporter.Prometheus.Exposition;

/// <summary>What Prometheus calls a metric's type.</summary>
internal enum MetricKind
{
    /// <summary>Not expressible: classic formats have no exponential histograms, and the genuine exporter leaves them out too.</summary>
    None,
    Counter,
    Gauge,
    Histogram,
}

internal static class MetricKinds
{
    public static MetricKind Of(MetricType type) => type switch
    {
        MetricType.LongSum or MetricType.DoubleSum => MetricKind.Counter,
        MetricType.LongGauge or MetricType.DoubleGauge => MetricKind.Gauge,
        MetricType.LongSumNonMonotonic or MetricType.DoubleSumNonMonotonic => MetricKind.Gauge,
        MetricType.Histogram => MetricKind.Histogram,
        _ => MetricKind.None,
    };

    public static string Word(this MetricKind kind) => kind switch
    {
        MetricKind.Counter => "counter",
        MetricKind.Histogram => "histogram",
        _ => "gauge",
    };
}
