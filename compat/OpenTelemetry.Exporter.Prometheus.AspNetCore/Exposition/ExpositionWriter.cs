using System.Globalization;
using System.Text;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace OpenTelemetry.Exporter.Prometheus.Exposition;

/// <summary>
/// Writes what one collection saw, as https://prometheus.io/docs/instrumenting/exposition_formats/ (text 0.0.4) or
/// https://prometheus.io/docs/specs/om/open_metrics_spec/ (OpenMetrics 1.0.0) say.
/// </summary>
internal sealed class ExpositionWriter
{
    private readonly StringBuilder _text = new();
    private readonly PrometheusAspNetCoreOptions _options;
    private readonly bool _openMetrics;

    private ExpositionWriter(PrometheusAspNetCoreOptions options, bool openMetrics)
    {
        _options = options;
        _openMetrics = openMetrics;
    }

    public static byte[] Write(PrometheusExporter exporter, bool openMetrics)
    {
        var options = exporter.Options;
        var writer = new ExpositionWriter(options, openMetrics);
        if (options.TargetInfoEnabled)
        {
            writer.WriteTarget(exporter.Resource);
        }

        foreach (var family in MetricFamily.Group(exporter.Metrics, openMetrics, options.DisableTotalNameSuffixForCounters))
        {
            writer.WriteFamily(family);
        }

        writer._text.Append(openMetrics ? "# EOF\n" : "");
        return Encoding.UTF8.GetBytes(writer._text.ToString());
    }

    // Info is a type in OpenMetrics, and its suffix no part of the family's name; the text format makes do with a gauge.
    private void WriteTarget(Resource resource)
    {
        var labels = new LabelSet();
        foreach (var (key, value) in resource.Attributes.OrderBy(attribute => attribute.Key, StringComparer.Ordinal))
        {
            labels.Add(key, value);
        }

        WriteHeader(_openMetrics ? "target" : "target_info", _openMetrics ? "info" : "gauge", "Target metadata", unit: "");
        WriteSample("target_info", labels.ToString(), "1");
    }

    private void WriteFamily(MetricFamily family)
    {
        WriteHeader(family.Name, family.Kind.Word(), family.Help, family.Unit);
        foreach (var metric in family.Metrics)
        {
            foreach (ref readonly var point in metric.GetMetricPoints())
            {
                var labels = LabelSet.Of(metric, point, _options.ScopeInfoEnabled, family.Kind == MetricKind.Histogram ? "le" : null);
                WritePoint(family, metric.MetricType, point, labels);
            }
        }
    }

    private void WriteHeader(string name, string type, string help, string unit)
    {
        _text.Append($"# TYPE {name} {type}\n");
        if (_openMetrics && MetricName.EndsWithUnit(name, unit))
        {
            _text.Append($"# UNIT {name} {unit}\n");
        }

        if (help.Length > 0)
        {
            _text.Append($"# HELP {name} {(_openMetrics ? Escaping.Quoted(help) : Escaping.Line(help))}\n");
        }
    }

    private void WritePoint(MetricFamily family, MetricType type, in MetricPoint point, string labels)
    {
        switch (family.Kind)
        {
            case MetricKind.Histogram:
                WriteHistogram(family.Name, point, labels);
                WriteCreated(family.Name, point, labels);
                break;
            case MetricKind.Counter when _openMetrics:
                var exemplar = Exemplars.Within(point, type == MetricType.LongSum, double.NegativeInfinity, double.PositiveInfinity);
                WriteSample(family.Name + MetricName.Total, labels, ValueOf(type, point), exemplar);
                WriteCreated(family.Name, point, labels);
                break;
            default:
                WriteSample(family.Name, labels, ValueOf(type, point));
                break;
        }
    }

    private void WriteHistogram(string name, in MetricPoint point, string labels)
    {
        var bucket = labels.Length == 0 ? "" : labels + ",";
        var (cumulative, lower, negative) = (0L, double.NegativeInfinity, false);
        foreach (var entry in point.GetHistogramBuckets())
        {
            var bound = entry.ExplicitBound;
            cumulative += entry.BucketCount;
            negative |= bound < 0;
            var exemplar = _openMetrics ? Exemplars.Within(point, whole: false, lower, bound) : "";
            WriteSample(name + "_bucket", $"{bucket}le=\"{Number.Bound(bound, _openMetrics)}\"", Text(cumulative), exemplar);
            lower = bound;
        }

        // OpenMetrics reads a sum as a counter and forbids it, and with it the count, where values may be negative.
        if (!_openMetrics || !negative)
        {
            WriteSample(name + "_sum", labels, Number.Text(point.GetHistogramSum()));
            WriteSample(name + "_count", labels, Text(point.GetHistogramCount()));
        }
    }

    private void WriteCreated(string name, in MetricPoint point, string labels)
    {
        if (_openMetrics && point.StartTime != default)
        {
            WriteSample(name + "_created", labels, Number.Seconds(point.StartTime));
        }
    }

    private void WriteSample(string name, string labels, string value, string exemplar = "")
    {
        _text.Append(name);
        if (labels.Length > 0)
        {
            _text.Append('{').Append(labels).Append('}');
        }

        _text.Append(' ').Append(value).Append(exemplar).Append('\n');
    }

    private static string ValueOf(MetricType type, in MetricPoint point) => type switch
    {
        MetricType.LongSum or MetricType.LongSumNonMonotonic => Text(point.GetSumLong()),
        MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic => Number.Text(point.GetSumDouble()),
        MetricType.LongGauge => Text(point.GetGaugeLastValueLong()),
        _ => Number.Text(point.GetGaugeLastValueDouble()),
    };

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
