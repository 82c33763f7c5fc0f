using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Gateway.Testing;

/// <summary>A Prometheus process with the test's configuration, a free port and a temporary directory.</summary>
internal sealed class PrometheusServer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly TemporaryDirectory _directory;
    private readonly HttpClient _http;

    private PrometheusServer(Process process, TemporaryDirectory directory, int port)
    {
        _process = process;
        _directory = directory;
        _http = new HttpClient { BaseAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}")) };
    }

    public static bool IsInstalled =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Any(static folder => File.Exists(Path.Combine(folder, "prometheus")));

    /// <summary>Starts Prometheus and waits until it is ready. Skips the running test where Prometheus is not installed.</summary>
    /// <param name="configuration">The text of a prometheus.yml.</param>
    /// <param name="arguments">Further arguments.</param>
    public static async Task<PrometheusServer> StartAsync(string configuration, params string[] arguments)
    {
        Assert.SkipUnless(IsInstalled, "needs prometheus: apt-get install prometheus");
        var (directory, port) = (new TemporaryDirectory(), FreePort.Next());
        var process = Process.Start(new ProcessStartInfo(
            "prometheus",
            [
                $"--config.file={directory.Write("prometheus.yml", configuration)}", $"--storage.tsdb.path={directory.At("data")}",
                string.Create(CultureInfo.InvariantCulture, $"--web.listen-address=127.0.0.1:{port}"), "--log.level=error", .. arguments,
            ])
        { UseShellExecute = false })!;
        var server = new PrometheusServer(process, directory, port);
        await Eventually.TrueAsync(server.IsReadyAsync, static () => "Prometheus did not become ready.");
        return server;
    }

    /// <summary>The <c>data</c> of an answer of its API.</summary>
    /// <param name="call">Below <c>/api/v1/</c>, with its query.</param>
    public async Task<JsonNode> AskAsync(string call)
    {
        using var answer = await _http.GetAsync(new Uri($"/api/v1/{call}", UriKind.Relative));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!["data"]!;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _directory.Dispose();
    }

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            using var answer = await _http.GetAsync(new Uri("/-/ready", UriKind.Relative));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
