using System.Globalization;
using System.Text.RegularExpressions;

namespace Gateway.Testing;

/// <summary>
/// A scrape of <c>/metrics</c> in Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/). The order of
/// labels and empty braces of a series without labels do not matter.
/// </summary>
internal sealed partial class MetricsText
{
    private readonly Dictionary<string, double> _series = new(StringComparer.Ordinal);

    private MetricsText()
    {
    }

    /// <summary>Every series as <c>name{label="value",…}</c>, labels in the order of their names.</summary>
    public IReadOnlyCollection<string> Series => _series.Keys;

    public static MetricsText Parse(string text)
    {
        var scrape = new MetricsText();
        foreach (var line in text.Split('\n').Where(static line => line.Length > 0 && line[0] != '#'))
        {
            var match = Line().Match(line);
            Assert.True(match.Success, $"no series: {line}");
            scrape._series.Add(
                Normalize(match.Groups["series"].Value),
                double.Parse(
                    match.Groups["value"].Value.Replace("Inf", "Infinity", StringComparison.Ordinal), CultureInfo.InvariantCulture));
        }

        return scrape;
    }

    /// <returns>The value of exactly this series; null when there is none.</returns>
    public double? Value(string series) => _series.TryGetValue(Normalize(series), out var value) ? value : null;

    /// <summary>The sum over all series of a name that have these labels, each written <c>name="value"</c>.</summary>
    public double Sum(string name, params string[] labels) => _series
        .Where(one => one.Key.Split('{')[0] == name && Array.TrueForAll(labels, label => one.Key.Contains(label, StringComparison.Ordinal)))
        .Sum(static one => one.Value);

    private static string Normalize(string series)
    {
        var labels = Label().Matches(series).Select(static match => match.Value).Order(StringComparer.Ordinal).ToList();
        return series.Split('{')[0] + (labels.Count > 0 ? $"{{{string.Join(',', labels)}}}" : "");
    }

    [GeneratedRegex("""^(?<series>[a-zA-Z_:][\w:]*(\{.*\})?) (?<value>\S+)( \d+)?$""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Line();

    [GeneratedRegex("""
        \w+="([^"\\]|\\.)*"
        """, RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Label();
}
