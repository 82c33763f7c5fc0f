using System.Globalization;

namespace OpenTelemetry.Exporter.Prometheus.Exposition;

/// <summary>Writes numbers as the formats want them.</summary>
internal static class Number
{
    public static string Text(double value) =>
        double.IsNaN(value) ? "NaN"
        : double.IsPositiveInfinity(value) ? "+Inf"
        : double.IsNegativeInfinity(value) ? "-Inf"
        : value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>
    /// OpenMetrics compares the bounds of buckets as text and so fixes their spelling: "1.0", "0.005", "1e+06".
    /// The text format has no such rule, and there a bound is written as any number.
    /// </summary>
    public static string Bound(double bound, bool openMetrics)
    {
        var text = Text(bound);
        if (!openMetrics || !double.IsFinite(bound))
        {
            return text;
        }

        if (text.Contains('E', StringComparison.Ordinal))
        {
            return text.Replace('E', 'e');
        }

        return Math.Abs(bound) >= 1e6 ? Scientific(text)
            : text.Contains('.', StringComparison.Ordinal) ? text
            : text + ".0";
    }

    /// <summary>Seconds since 1970.</summary>
    public static string Seconds(DateTimeOffset time) =>
        (time.ToUnixTimeMilliseconds() / 1000m).ToString("0.0##", CultureInfo.InvariantCulture);

    private static string Scientific(string digits)
    {
        var sign = digits[0] == '-' ? "-" : "";
        var point = digits.IndexOf('.', StringComparison.Ordinal);
        var exponent = (point < 0 ? digits.Length : point) - sign.Length - 1;
        var significant = digits[sign.Length..].Replace(".", "", StringComparison.Ordinal).TrimEnd('0');
        var fraction = significant.Length > 1 ? "." + significant[1..] : "";
        return $"{sign}{significant[0]}{fraction}e+{exponent:00}";
    }
}
