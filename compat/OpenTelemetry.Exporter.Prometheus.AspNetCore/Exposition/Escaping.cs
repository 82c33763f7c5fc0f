namespace OpenTelemetry.Exporter.Prometheus.Exposition;

/// <summary>Keeps free text on its line and inside its quotes.</summary>
internal static class Escaping
{
    /// <summary>For label values in both formats, and for help in OpenMetrics.</summary>
    public static string Quoted(string text) => Line(text).Replace("\"", "\\\"", StringComparison.Ordinal);

    /// <summary>For help in the text format.</summary>
    public static string Line(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
