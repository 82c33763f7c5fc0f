using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace OpenTelemetry.Exporter.Prometheus;

/// <summary>What a scraper can be given, and which of it the scraper likes best.</summary>
/// <param name="ContentType">Named in the answer.</param>
/// <param name="IsOpenMetrics">Otherwise the text format, whose versions differ only for names that are not written here.</param>
internal sealed record ScrapeFormat(string ContentType, bool IsOpenMetrics)
{
    public static readonly ScrapeFormat Text = new("text/plain; version=0.0.4; charset=utf-8", IsOpenMetrics: false);

    private static readonly ScrapeFormat TextOne =
        new("text/plain; version=1.0.0; charset=utf-8; escaping=underscores", IsOpenMetrics: false);

    private static readonly ScrapeFormat OpenMetrics =
        new("application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores", IsOpenMetrics: true);

    /// <summary>
    /// The format with the highest weight; of equal ones the first named, wildcards last. Nothing acceptable yields
    /// <see cref="Text"/>, as Prometheus' content negotiation wants.
    /// </summary>
    public static ScrapeFormat Negotiate(StringValues accept)
    {
        if (!MediaTypeHeaderValue.TryParseList(accept, out var ranges))
        {
            return Text;
        }

        return ranges
            .Where(range => range.Quality != 0)
            .OrderByDescending(range => range.Quality ?? 1)
            .ThenBy(range => range.MatchesAllSubTypes)
            .Select(Find)
            .FirstOrDefault(format => format is not null) ?? Text;
    }

    private static ScrapeFormat? Find(MediaTypeHeaderValue range) =>
        (range.MediaType.Value?.ToLowerInvariant(), Parameter(range, "version")) switch
        {
            ("application/openmetrics-text", null or "1.0.0") when EscapingIsKnown(range) => OpenMetrics,
            ("text/plain", "1.0.0") when EscapingIsKnown(range) => TextOne,
            ("text/plain", null or "0.0.4") or ("text/*", _) or ("*/*", _) => Text,
            ("application/*", _) => OpenMetrics,
            _ => null,
        };

    // Names are always escaped to underscores, which is within what each of these schemes lets the answer say.
    private static bool EscapingIsKnown(MediaTypeHeaderValue range) =>
        Parameter(range, "escaping") is null or "underscores" or "allow-utf-8" or "dots" or "values";

    private static string? Parameter(MediaTypeHeaderValue range, string name)
    {
        foreach (var parameter in range.Parameters)
        {
            if (parameter.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return HeaderUtilities.RemoveQuotes(parameter.Value).Value;
            }
        }

        return null;
    }
}
