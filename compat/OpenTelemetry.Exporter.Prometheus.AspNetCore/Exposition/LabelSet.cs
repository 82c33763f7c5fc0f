using System.Globalization;
using System.Text;
using OpenTelemetry.Metrics;

namespace OpenTelemetry.Exporter.Prometheus.Exposition;

/// <summary>The labels of one series. Names that become equal by translation keep all their values, joined by semicolons.</summary>
internal sealed class LabelSet
{
    private readonly List<(string Name, string Value)> _labels = [];

    /// <summary>The labels of a point, written without the braces.</summary>
    /// <param name="metric">Gives the labels of the meter.</param>
    /// <param name="point">Gives its own.</param>
    /// <param name="scope">Whether the meter is to be named.</param>
    /// <param name="reserved">A name that the format uses itself.</param>
    public static string Of(Metric metric, in MetricPoint point, bool scope, string? reserved)
    {
        var labels = new LabelSet();
        if (scope)
        {
            labels.AddScope(metric);
        }

        foreach (var (key, value) in point.Tags)
        {
            if (!string.Equals(MetricName.Label(key), reserved, StringComparison.Ordinal))
            {
                labels.Add(key, value);
            }
        }

        return labels.ToString();
    }

    public void Add(string key, object? value)
    {
        var (name, text) = (MetricName.Label(key), TextOf(value));
        var same = _labels.FindIndex(label => string.Equals(label.Name, name, StringComparison.Ordinal));
        if (same < 0)
        {
            _labels.Add((name, text));
        }
        else
        {
            _labels[same] = (name, $"{_labels[same].Value};{text}");
        }
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (name, value) in _labels)
        {
            text.Append(text.Length == 0 ? "" : ",").Append(name).Append("=\"").Append(Escaping.Quoted(value)).Append('"');
        }

        return text.ToString();
    }

    private static string TextOf(object? value) => value switch
    {
        null => "",
        string text => text,
        bool flag => flag ? "true" : "false",
        IFormattable number => number.ToString(format: null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private void AddScope(Metric metric)
    {
        AddIfGiven("otel_scope_name", metric.MeterName);
        AddIfGiven("otel_scope_version", metric.MeterVersion);
        AddIfGiven("otel_scope_schema_url", metric.MeterSchemaUrl);
        foreach (var (key, value) in metric.MeterTags ?? [])
        {
            if (key is not ("name" or "version" or "schema_url"))
            {
                Add("otel_scope_" + key, value);
            }
        }
    }

    private void AddIfGiven(string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            Add(name, value);
        }
    }
}
