using System.Text;

namespace OpenTelemetry.Exporter.Prometheus.Exposition;

/// <summary>Turns OpenTelemetry's names into those that Prometheus' formats allow.</summary>
internal static class MetricName
{
    public const string Total = "_total";

    /// <summary>The name with its unit, without a counter's <c>_total</c>.</summary>
    public static string Base(string name, string unit, MetricKind kind)
    {
        var clean = Clean(name);
        if (clean.Length > 0 && char.IsAsciiDigit(clean[0]))
        {
            clean = Clean("_" + clean[1..]);
        }

        if (kind == MetricKind.Counter && clean.EndsWith(Total, StringComparison.Ordinal))
        {
            clean = clean[..^Total.Length];
        }

        return unit.Length == 0 || string.Equals(clean, unit, StringComparison.Ordinal) || EndsWithUnit(clean, unit)
            ? clean
            : $"{clean}_{unit}";
    }

    public static bool EndsWithUnit(string name, string unit) => unit.Length > 0 && name.EndsWith("_" + unit, StringComparison.Ordinal);

    /// <summary>Every run of characters that a metric name can't hold becomes one underscore.</summary>
    public static string Clean(string name)
    {
        var clean = new StringBuilder(name.Length);
        foreach (var character in name)
        {
            var allowed = char.IsAsciiLetterOrDigit(character) || character == ':' ? character : '_';
            if (allowed != '_' || clean.Length == 0 || clean[^1] != '_')
            {
                clean.Append(allowed);
            }
        }

        return clean.ToString();
    }

    /// <summary>Label names: colons are not allowed, a digit can't come first, and no name is empty.</summary>
    public static string Label(string key)
    {
        var label = string.Create(key.Length, key, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = char.IsAsciiLetterOrDigit(source[i]) ? source[i] : '_';
            }
        });
        return label.Length == 0 || char.IsAsciiDigit(label[0]) ? "_" + label : label;
    }
}
