using System.Globalization;

namespace Gateway.IntegrationTests.Flow;

/// <summary>Reads the metrics of a gateway process.</summary>
internal static class Metrics
{
    /// <summary>The sum over all series of this name that have all these labels, each as <c>name="value"</c>.</summary>
    public static async Task<double> SumAsync(GatewayProcess gateway, string name, params string[] labels)
    {
        var lines = (await gateway.Admin.GetStringAsync("/metrics")).Split('\n');
        return lines
            .Where(line => line.StartsWith(name, StringComparison.Ordinal) && line[name.Length..].StartsWith('{'))
            .Where(line => labels.All(label => line.Contains(label, StringComparison.Ordinal)))
            .Sum(static line => double.Parse(line[(line.LastIndexOf('}') + 1)..].Trim().Split(' ')[0], CultureInfo.InvariantCulture));
    }
}
