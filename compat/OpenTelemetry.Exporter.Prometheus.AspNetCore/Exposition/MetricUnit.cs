using System.Text.RegularExpressions;

namespace OpenTelemetry.Exporter.Prometheus.Exposition;

/// <summary>
/// Spells UCUM units out, as https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/ says; but as the genuine
/// exporter does, the unit 1 adds nothing, "ratio" neither.
/// </summary>
internal static partial class MetricUnit
{
    /// <summary>The suffix without underscore; empty if the unit has none.</summary>
    public static string Suffix(string? unit)
    {
        var plain = Annotation().Replace(unit ?? "", "");
        var slash = plain.IndexOf('/', StringComparison.Ordinal);
        var suffix = slash < 0
            ? Spell(plain)
            : $"{Spell(plain[..slash])}_per_{SpellPer(plain[(slash + 1)..])}";
        return MetricName.Clean(suffix).Trim('_');
    }

    [GeneratedRegex(@"\{[^}]*\}", RegexOptions.NonBacktracking)]
    private static partial Regex Annotation();

    private static string Spell(string unit) => unit switch
    {
        "d" => "days",
        "h" => "hours",
        "min" => "minutes",
        "s" => "seconds",
        "ms" => "milliseconds",
        "us" => "microseconds",
        "ns" => "nanoseconds",
        "By" => "bytes",
        "KiBy" => "kibibytes",
        "MiBy" => "mebibytes",
        "GiBy" => "gibibytes",
        "TiBy" => "tebibytes",
        "KBy" => "kilobytes",
        "MBy" => "megabytes",
        "GBy" => "gigabytes",
        "TBy" => "terabytes",
        "m" => "meters",
        "V" => "volts",
        "A" => "amperes",
        "J" => "joules",
        "W" => "watts",
        "g" => "grams",
        "Cel" => "celsius",
        "Hz" => "hertz",
        "1" => "",
        "%" => "percent",
        "$" => "dollars",
        _ => unit,
    };

    private static string SpellPer(string unit) => unit switch
    {
        "s" => "second",
        "m" => "minute",
        "h" => "hour",
        "d" => "day",
        "w" => "week",
        "mo" => "month",
        "y" => "year",
        _ => unit,
    };
}
