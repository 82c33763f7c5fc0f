namespace Gateway.IntegrationTests.Operations.Live;

/// <summary>Substitutes the variables of a board's expression as Grafana does.</summary>
internal static class Substitution
{
    public static string Apply(string expression) => expression
        .Replace("$__rate_interval", "10s", StringComparison.Ordinal)
        .Replace("$__range", "2m", StringComparison.Ordinal)
        .Replace("\"$job\"", "\"gateway\"", StringComparison.Ordinal)
        .Replace("\"$instance\"", "\".+\"", StringComparison.Ordinal)
        .Replace("=~\"$provider", "=~\".+", StringComparison.Ordinal)
        .Replace("\"$provider\"", "\"bokio\"", StringComparison.Ordinal);
}
