namespace OpenTelemetry.Exporter;

/// <summary>How the scrape endpoint answers.</summary>
public class PrometheusAspNetCoreOptions
{
    internal const string DefaultScrapeEndpointPath = "/metrics";

    /// <summary>Where to scrape when the mapping call names no path. Default <c>/metrics</c>, which null stands for as well.</summary>
    public string? ScrapeEndpointPath { get; set; } = DefaultScrapeEndpointPath;

    /// <summary>
    /// How long an answer may be given again, in milliseconds from the end of its collection. Default 300; 0 collects for each scrape.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int ScrapeResponseCacheDurationMilliseconds
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    } = 300;

    /// <summary>Leaves <c>_total</c> off counters in the text format. OpenMetrics demands it and keeps it. Default false.</summary>
    public bool DisableTotalNameSuffixForCounters { get; set; }

    /// <summary>Whether each series carries its meter as <c>otel_scope_*</c> labels. Default true.</summary>
    public bool ScopeInfoEnabled { get; set; } = true;

    /// <summary>Whether the resource is exposed as <c>target_info</c>. Default true.</summary>
    public bool TargetInfoEnabled { get; set; } = true;
}
