using System.Diagnostics.Metrics;

namespace Gateway.Observability;

/// <summary><c>gateway_build_info</c>: tells a dashboard which build runs where, and since when.</summary>
internal static class BuildInfo
{
    public static Measurement<int> Observe() => new(
        1,
        new KeyValuePair<string, object?>("version", ObservabilityExtensions.Version),
        new KeyValuePair<string, object?>("dotnet_version", Environment.Version.ToString()));
}
