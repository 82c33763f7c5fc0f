using System.Diagnostics;
using System.Net.Http.Headers;

using Gateway.Testing.Otlp;

using WireMock.RequestBuilders;
using WireMock.ResponseBuilders;
using WireMock.Server;

namespace Gateway.IntegrationTests.Observability;

/// <summary>Exemplars lead from a histogram bucket to the trace of a request.</summary>
[Collection(nameof(ObservedGateway))]
public sealed class ExemplarTests : IAsyncLifetime
{
    private const string Parse = """
        import sys
        try:
            from prometheus_client.openmetrics.parser import text_string_to_metric_families
        except ImportError:
            sys.exit(127)
        for family in text_string_to_metric_families(sys.stdin.read()):
            for sample in family.samples:
                if sample.exemplar:
                    print(sample.name, sample.exemplar.labels["trace_id"])
        """;

    private readonly WireMockServer _upstream = WireMockServer.Start();
    private readonly string _trace = ActivityTraceId.CreateRandom().ToHexString();
    private OtlpCollector _collector = null!;

    public ExemplarTests() => _upstream.Given(Request.Create()).RespondWith(Response.Create().WithStatusCode(200));

    public async ValueTask InitializeAsync() => _collector = await OtlpCollector.StartAsync();

    public ValueTask DisposeAsync()
    {
        _upstream.Dispose();
        return _collector.DisposeAsync();
    }

    [Fact]
    public async Task A_sampled_request_is_an_exemplar_of_its_bucket()
    {
        await using var gateway = await StartAsync();

        // The server counts a request when it completes, which is after the answer.
        var text = "";
        await Eventually.TrueAsync(
            async () => IsIn(text = await ScrapeAsync(gateway), "http_server_request_duration_seconds_bucket"), () => text);

        Assert.EndsWith("# EOF\n", text, StringComparison.Ordinal);
        var (exitCode, output) = await Tool.RunAsync("/usr/bin/python3", ["-c", Parse], text);
        Assert.SkipWhen(exitCode == 127, "needs python3-prometheus-client: apt-get install python3-prometheus-client");
        Assert.True(exitCode == 0, output);
        var lines = output.Split('\n');
        Assert.Contains($"http_server_request_duration_seconds_bucket {_trace}", lines);
        Assert.Contains($"http_client_request_duration_seconds_bucket {_trace}", lines);
    }

    [Fact]
    public async Task Prometheus_returns_the_exemplar()
    {
        await using var gateway = await StartAsync();
        await using var prometheus = await PrometheusServer.StartAsync(
            $$"""
            global: { scrape_interval: 200ms }
            scrape_configs:
              - job_name: gateway
                static_configs: [ { targets: [ "{{gateway.Admin.BaseAddress!.Authority}}" ] } ]
            """,
            "--enable-feature=exemplar-storage");

        var query =
            $"query_exemplars?query=http_client_request_duration_seconds_bucket&"
                + $"start={TimeProvider.System.GetUtcNow().AddMinutes(-5).ToUnixTimeSeconds()}&"
                + $"end={TimeProvider.System.GetUtcNow().AddMinutes(5).ToUnixTimeSeconds()}";
        await Eventually.TrueAsync(
            async () => (await prometheus.AskAsync(query)).ToJsonString().Contains(_trace, StringComparison.Ordinal),
            static () => "Prometheus has no exemplar.");
    }

    private bool IsIn(string text, string bucket) =>
        text.Split('\n').Any(line => line.StartsWith(bucket, StringComparison.Ordinal) && line.Contains(_trace, StringComparison.Ordinal));

    private static async Task<string> ScrapeAsync(ObservedGateway gateway)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.Accept.Add(
            new MediaTypeWithQualityHeaderValue("application/openmetrics-text") { Parameters = { new("version", "1.0.0") } });
        using var answer = await gateway.Admin.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal("application/openmetrics-text", answer.Content.Headers.ContentType?.MediaType);
        return await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    private async Task<ObservedGateway> StartAsync()
    {
        var gateway =
            await ObservedGateway.StartAsync(_upstream.Urls[0], [.. _collector.Settings().Select(static setting => "--" + setting)]);
        await gateway.PutAsync("seen-keys/default", """{"fields":{"apiKey":"k"}}""");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/keys/x");
        request.Headers.TryAddWithoutValidation("traceparent", $"00-{_trace}-b7ad6b7169203331-01");
        using var response = await gateway.Proxy.SendAsync(request, TestContext.Current.CancellationToken);
        return gateway;
    }
}
