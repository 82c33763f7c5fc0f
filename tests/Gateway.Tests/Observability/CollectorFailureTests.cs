using Gateway.Testing.Otlp;

namespace Gateway.Tests.Observability;

/// <summary>Export failures are shown by a counter and by rate-limited log lines.</summary>
[Collection(nameof(ObservedGateway))]
public sealed class CollectorFailureTests : IAsyncLifetime
{
    private const int ExportFailed = 6010;

    private static readonly string[] Signals = ["traces", "metrics", "logs"];

    private readonly ManualClock _clock = new();
    private OtlpCollector _collector = null!;

    public async ValueTask InitializeAsync() => _collector = await OtlpCollector.StartAsync();

    public ValueTask DisposeAsync() => _collector.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_collector_that_refuses_is_counted_for_each_signal_and_logged_every_ten_minutes(bool grpc)
    {
        _collector.Refuses = true;
        var url = grpc ? _collector.GrpcUrl : _collector.HttpUrl;
        await using var gateway = await StartAsync(
            [.. _collector.Settings(grpc), $"OTEL_EXPORTER_OTLP_ENDPOINT={url.Replace("//", "//user:CANARY@", StringComparison.Ordinal)}"]);
        await FailsAsync(gateway, atLeast: 4, lines: 1);
        _clock.Advance(TimeSpan.FromMinutes(10));
        await FailsAsync(gateway, atLeast: 8, lines: 2);

        Assert.All(
            gateway.Logs.Entries.Where(static entry => entry.EventId == ExportFailed),
            entry => Assert.Contains($" {url};", entry.Message, StringComparison.Ordinal));
        Assert.DoesNotContain(
            "CANARY", string.Join('\n', gateway.Logs.Lines.Where(static line => line.Contains("OTLP", StringComparison.Ordinal))),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_intermittent_collector_failure_is_not_logged_each_time()
    {
        await using var gateway = await StartAsync([.. _collector.Settings(), "OTEL_METRICS_EXPORTER=none", "OTEL_LOGS_EXPORTER=none"]);
        for (var turn = 1; turn <= 3; turn++)
        {
            _collector.Refuses = true;
            var errors = Errors(await gateway.ScrapeAsync(), "traces");
            await UntilAsync(gateway, async () => Errors(await gateway.ScrapeAsync(), "traces") > errors);
            _collector.Refuses = false;
            var spans = _collector.Spans.Count;
            await UntilAsync(gateway, () => Task.FromResult(_collector.Spans.Count > spans));
        }

        Assert.Equal(1, Lines(gateway, "traces"));
    }

    [Fact]
    public async Task The_series_of_exported_signals_only_exist_from_the_start()
    {
        await using var gateway =
            await StartAsync([.. _collector.Settings(), "OTEL_LOGS_EXPORTER=none", "OTEL_METRIC_EXPORT_INTERVAL=60000"]);
        var text = await gateway.ScrapeAsync();
        Assert.Equal((0, 0, null), (Errors(text, "traces"), Errors(text, "metrics"), Errors(text, "logs")));
    }

    [Theory]
    [InlineData("traces", "TRACES")]
    [InlineData("metrics", "METRICS")]
    [InlineData("logs", "LOGS")]
    public async Task Each_signal_has_the_resource_attributes(string signal, string variable)
    {
        await using var gateway = await StartAsync(
        [
            $"OTEL_EXPORTER_OTLP_{variable}_ENDPOINT={_collector.HttpUrl}/v1/{signal}",
            $"OTEL_EXPORTER_OTLP_{variable}_PROTOCOL=http/protobuf",
            $"OTEL_EXPORTER_OTLP_{variable}_COMPRESSION=gzip", "OTEL_SERVICE_NAME=own-name", "OTEL_TRACES_SAMPLER=always_on",
            "OTEL_BSP_SCHEDULE_DELAY=50", "OTEL_BLRP_SCHEDULE_DELAY=50", "OTEL_METRIC_EXPORT_INTERVAL=200",
        ]);
        await AskAsync(gateway);
        await Eventually.TrueAsync(() => _collector.Raw.Length > 0);
        Assert.Contains("own-name", _collector.Raw, StringComparison.Ordinal);
        Assert.Contains($"/v1/{signal} Content-Encoding=gzip", _collector.Headers);
    }

    private Task<ObservedGateway> StartAsync(string[] settings) => ObservedGateway.StartAsync(
        "http://127.0.0.1:9", [.. settings.Select(static setting => "--" + setting)],
        builder => builder.Services.AddSingleton<TimeProvider>(_clock));

    private static Task FailsAsync(ObservedGateway gateway, int atLeast, int lines) => UntilAsync(gateway, async () =>
    {
        var text = await gateway.ScrapeAsync();
        return Array.TrueForAll(Signals, signal => Errors(text, signal) >= atLeast && Lines(gateway, signal) == lines);
    });

    private static Task UntilAsync(ObservedGateway gateway, Func<Task<bool>> condition) => Eventually.TrueAsync(async () =>
    {
        await AskAsync(gateway);
        return await condition();
    });

    // Causes a span and an audit line.
    private static async Task AskAsync(ObservedGateway gateway)
    {
        using var lost = await gateway.Proxy.GetAsync(new Uri("/nowhere", UriKind.Relative), TestContext.Current.CancellationToken);
        await gateway.PutAsync("seen-keys/default", """{"fields":{"apiKey":"k"}}""");
    }

    private static int Lines(ObservedGateway gateway, string signal) => gateway.Logs.Entries.Count(entry =>
        entry.EventId == ExportFailed && entry.Message.StartsWith($"OTLP {signal}:", StringComparison.Ordinal));

    private static double? Errors(string text, string signal) =>
        MetricsText.Parse(text).Value($"gateway_telemetry_export_errors_total{{signal=\"{signal}\"}}");
}
