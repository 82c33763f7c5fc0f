using System.Text;
using OpenTelemetry.Metrics;

namespace OpenTelemetry.Exporter.Prometheus.Exposition;

/// <summary>Picks and writes the exemplar of a sample: the latest that has a trace to lead to.</summary>
internal static class Exemplars
{
    // OpenMetrics allows so many characters for all names and values of an exemplar's labels.
    private const int MaximumLength = 128;

    /// <summary>
    /// The exemplar with a value above <paramref name="lower"/>, up to and including <paramref name="upper"/>; empty if there is none.
    /// </summary>
    public static string Within(in MetricPoint point, bool whole, double lower, double upper)
    {
        if (!point.TryGetExemplars(out var exemplars))
        {
            return "";
        }

        var (text, latest) = ("", DateTimeOffset.MinValue);
        foreach (ref readonly var exemplar in exemplars)
        {
            var value = whole ? exemplar.LongValue : exemplar.DoubleValue;
            if (exemplar.TraceId != default && value > lower && value <= upper && exemplar.Timestamp >= latest)
            {
                (text, latest) = (Text(exemplar, value), exemplar.Timestamp);
            }
        }

        return text;
    }

    private static string Text(in Exemplar exemplar, double value)
    {
        var labels = new StringBuilder();
        var length = Add(labels, 0, "trace_id", exemplar.TraceId.ToHexString());
        length = Add(labels, length, "span_id", exemplar.SpanId.ToHexString());
        foreach (var (key, tag) in exemplar.FilteredTags)
        {
            var name = MetricName.Label(key);
            if (name is not ("trace_id" or "span_id"))
            {
                length = Add(labels, length, name, tag?.ToString() ?? "");
            }
        }

        return $" # {{{labels}}} {Number.Text(value)} {Number.Seconds(exemplar.Timestamp)}";
    }

    private static int Add(StringBuilder labels, int length, string name, string value)
    {
        var longer = length + name.Length + value.Length;
        if (longer > MaximumLength)
        {
            return length;
        }

        labels.Append(labels.Length == 0 ? "" : ",").Append(name).Append("=\"").Append(Escaping.Quoted(value)).Append('"');
        return longer;
    }
}
