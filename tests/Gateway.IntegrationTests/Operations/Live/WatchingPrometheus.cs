using System.Text.Json.Nodes;

namespace Gateway.IntegrationTests.Operations.Live;

/// <summary>
/// Prometheus with this repository's own configuration and rules, except that it scrapes and evaluates every second and that the gateways
/// have the addresses of the test.
/// </summary>
internal sealed class WatchingPrometheus(PrometheusServer server, TemporaryDirectory rules) : IAsyncDisposable
{
    private const int Day = 900; // seconds

    /// <param name="targets">Hosts and ports of the gateways' admin listeners.</param>
    public static async Task<WatchingPrometheus> StartAsync(IEnumerable<string> targets)
    {
        var rules = new TemporaryDirectory();
        foreach (var file in RepositoryFiles.In("config/prometheus/rules", "*.yml"))
        {
            rules.Write(
                Path.GetFileName(file),
                RepositoryFiles.Read(file).Replace("interval: 30s", "interval: 1s", StringComparison.Ordinal)
                    .Replace("interval: 2m", "interval: 1s", StringComparison.Ordinal));
        }

        return new(await PrometheusServer.StartAsync(Configuration(targets, rules), "--enable-feature=exemplar-storage"), rules);
    }

    /// <summary>
    /// The series of an expression at any moment of the last quarter of an hour, which is enough for a slow machine.
    /// </summary>
    public async Task<JsonArray> QueryAsync(string expression)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var data = await server.AskAsync($"query_range?query={Uri.EscapeDataString(expression)}&start={now - Day}&end={now}&step=1");
        return data["result"]!.AsArray();
    }

    /// <summary>The values of a dashboard's variable.</summary>
    public async Task<JsonArray> LabelValuesAsync(string label, string selector) =>
        (await server.AskAsync($"label/{label}/values?match[]={Uri.EscapeDataString(selector)}")).AsArray();

    public async Task<JsonArray> ExemplarsAsync(string selector)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        return (await server.AskAsync($"query_exemplars?query={Uri.EscapeDataString(selector)}&start={now - Day}&end={now}")).AsArray();
    }

    /// <summary>Every rule, with its health and its last error.</summary>
    public async Task<IReadOnlyList<JsonNode>> RulesAsync() =>
        [.. (await server.AskAsync("rules"))["groups"]!.AsArray().SelectMany(static ruleGroup => ruleGroup!["rules"]!.AsArray())!];

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        rules.Dispose();
    }

    private static string Configuration(IEnumerable<string> targets, TemporaryDirectory rules) =>
        RepositoryFiles.Read("config/prometheus/prometheus.yml")
            .Replace("scrape_interval: 15s", "scrape_interval: 1s", StringComparison.Ordinal)
            .Replace("evaluation_interval: 30s", "evaluation_interval: 1s", StringComparison.Ordinal)
            .Replace("rules/*.yml", rules.At("*.yml"), StringComparison.Ordinal)
            .Replace("gateway-1:8081, gateway-2:8081", string.Join(", ", targets), StringComparison.Ordinal);
}
