using System.Diagnostics;
using System.Text.Json.Nodes;

using Gateway.Tests.Infrastructure;

namespace Gateway.Tests.Operations.Live;

/// <summary>
/// A genuine <c>prometheus</c> with this repository's own configuration and rules, except that it scrapes and evaluates every second and
/// that the gateways are where the test has them.
/// </summary>
internal sealed class PrometheusServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TemporaryDirectory _directory = new();
    private readonly Process _process;
    private readonly HttpClient _client;

    private PrometheusServer(IEnumerable<string> targets)
    {
        var port = FreePort.Next();
        Configure(targets);
        _process = Process.Start(new ProcessStartInfo("prometheus",
            [
                $"--config.file={_directory.At("prometheus.yml")}", $"--storage.tsdb.path={_directory.At("data")}", "--enable-feature=exemplar-storage",
                $"--web.listen-address=127.0.0.1:{port}", "--log.level=error",
            ]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        _client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
    }

    public static bool IsInstalled =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(static folder => File.Exists(Path.Combine(folder, "prometheus")));

    /// <param name="targets">Hosts and ports of the gateways' admin listeners.</param>
    public static async Task<PrometheusServer> StartAsync(IEnumerable<string> targets)
    {
        var server = new PrometheusServer(targets);
        await Eventually.TrueAsync(server.IsReadyAsync, Patience, static () => "Prometheus did not start.");
        return server;
    }

    /// <summary>The series of an expression at any moment of the last two minutes.</summary>
    public async Task<JsonArray> QueryAsync(string expression)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var data = await GetAsync($"/api/v1/query_range?query={Uri.EscapeDataString(expression)}&start={now - 120}&end={now}&step=1");
        return data["result"]!.AsArray();
    }

    /// <summary>What a dashboard's variable would offer.</summary>
    public async Task<JsonArray> LabelValuesAsync(string label, string selector) =>
        (await GetAsync($"/api/v1/label/{label}/values?match[]={Uri.EscapeDataString(selector)}")).AsArray();

    public async Task<JsonArray> ExemplarsAsync(string selector)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        return (await GetAsync($"/api/v1/query_exemplars?query={Uri.EscapeDataString(selector)}&start={now - 120}&end={now}")).AsArray();
    }

    /// <summary>Every rule, with its health and its last error.</summary>
    public async Task<IReadOnlyList<JsonNode>> RulesAsync() =>
        [.. (await GetAsync("/api/v1/rules"))["groups"]!.AsArray().SelectMany(static ruleGroup => ruleGroup!["rules"]!.AsArray())!];

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _directory.Dispose();
    }

    private void Configure(IEnumerable<string> targets)
    {
        var configuration = RepositoryFiles.Read("config/prometheus/prometheus.yml")
            .Replace("scrape_interval: 15s", "scrape_interval: 1s", StringComparison.Ordinal)
            .Replace("evaluation_interval: 30s", "evaluation_interval: 1s", StringComparison.Ordinal)
            .Replace("gateway-1:8081, gateway-2:8081", string.Join(", ", targets), StringComparison.Ordinal);
        _directory.Write("prometheus.yml", configuration);
        Directory.CreateDirectory(_directory.At("rules"));
        foreach (var file in RepositoryFiles.In("config/prometheus/rules", "*.yml"))
        {
            var rules = RepositoryFiles.Read(file).Replace("interval: 30s", "interval: 1s", StringComparison.Ordinal).Replace("interval: 2m", "interval: 1s", StringComparison.Ordinal);
            _directory.Write($"rules/{Path.GetFileName(file)}", rules);
        }
    }

    private async Task<JsonNode> GetAsync(string address)
    {
        using var answer = await _client.GetAsync(new Uri(address, UriKind.Relative));
        var json = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        Assert.True((string)json["status"]! == "success", $"{json["error"]} at {Uri.UnescapeDataString(address)}");
        return json["data"]!;
    }

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            using var answer = await _client.GetAsync(new Uri("/-/ready", UriKind.Relative));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
