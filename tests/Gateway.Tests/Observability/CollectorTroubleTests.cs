using System.Globalization;

using Gateway.Testing.Otlp;

namespace Gateway.Tests.Observability;

/// <summary>Operators learn that their collector gets nothing: from the counters, and once from the log.</summary>
[Collection(nameof(ObservedGateway))]
public sealed class CollectorTroubleTests : IAsyncLifetime
{
    private const int Fails = 6010;
    private const int Works = 6011;

    private static readonly string[] Signals = ["traces", "metrics", "logs"];

    private readonly ManualClock _clock = new();
    private OtlpCollector _collector = null!;

    public async ValueTask InitializeAsync() => _collector = await OtlpCollector.StartAsync();

    public ValueTask DisposeAsync() => _collector.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_collector_that_refuses_is_counted_for_each_signal_and_told_of_once(bool grpc)
    {
        _collector.Refuses = true;
        var url = grpc ? _collector.GrpcUrl : _collector.HttpUrl;
        await using var gateway = await StartAsync([.. _collector.Settings(grpc), $"OTEL_EXPORTER_OTLP_ENDPOINT={url.Replace("//", "//user:CANARY@", StringComparison.Ordinal)}"]);
        await Eventually.TrueAsync(async () =>
        {
            await AskAsync(gateway);
            return Array.TrueForAll(Signals, signal => Count(gateway, Fails, signal) == 1);
        });

        // Many batches later it is still the one line, and what failed has been counted.
        await Eventually.TrueAsync(async () =>
        {
            await AskAsync(gateway);
            var text = await gateway.ScrapeAsync();
            return Array.TrueForAll(Signals, signal => Value(text, "exports", "outcome=\"failed\"", signal) >= 4)
                && Value(text, "dropped", "reason=\"export_failed\"", "traces") > 0 && Value(text, "dropped", "reason=\"export_failed\"", "logs") > 0;
        });
        Assert.All(Signals, signal => Assert.Equal((1, 0), (Count(gateway, Fails, signal), Count(gateway, Works, signal))));

        Assert.All(gateway.Logs.Entries.Where(static entry => entry.EventId == Fails), entry => Assert.Contains($" {url} ", entry.Message, StringComparison.Ordinal));
        Assert.DoesNotContain("CANARY", string.Join('\n', gateway.Logs.Lines.Where(static line => line.Contains("OTLP", StringComparison.Ordinal))), StringComparison.Ordinal);

        await RecoverAsync(gateway);
        Assert.All(Signals, signal => Assert.Equal((1, 1), (Count(gateway, Fails, signal), Count(gateway, Works, signal))));
    }

    [Fact]
    public async Task A_collector_that_comes_and_goes_is_not_told_of_each_time()
    {
        await using var gateway = await StartAsync([.. _collector.Settings(), "OTEL_METRICS_EXPORTER=none", "OTEL_LOGS_EXPORTER=none"]);
        for (var turn = 1; turn <= 3; turn++)
        {
            _collector.Refuses = true;
            await MovesAsync(gateway, "failed");
            _collector.Refuses = false;
            _clock.Advance(TimeSpan.FromSeconds(50));
            await MovesAsync(gateway, "success");
        }

        Assert.Equal((1, 0), (Count(gateway, Fails, "traces"), Count(gateway, Works, "traces")));
    }

    [Fact]
    public async Task The_series_of_a_signal_that_leaves_are_there_from_the_start_and_of_no_other()
    {
        await using var gateway = await StartAsync([.. _collector.Settings(), "OTEL_LOGS_EXPORTER=none", "OTEL_METRIC_EXPORT_INTERVAL=60000"]);
        var text = await gateway.ScrapeAsync();
        Assert.Equal((0, 0), (Value(text, "exports", "outcome=\"failed\"", "traces"), Value(text, "exports", "outcome=\"success\"", "metrics")));
        Assert.Equal((0, 0), (Value(text, "dropped", "reason=\"queue_full\"", "traces"), Value(text, "dropped", "reason=\"export_failed\"", "traces")));
        Assert.DoesNotContain("signal=\"logs\"", text, StringComparison.Ordinal);
        Assert.Null(Value(text, "dropped", "reason=\"export_failed\"", "metrics"));
    }

    [Theory]
    [InlineData("traces", "TRACES")]
    [InlineData("metrics", "METRICS")]
    [InlineData("logs", "LOGS")]
    public async Task Each_signal_says_who_reports(string signal, string variable)
    {
        await using var gateway = await StartAsync(
        [
            $"OTEL_EXPORTER_OTLP_{variable}_ENDPOINT={_collector.HttpUrl}/v1/{signal}", $"OTEL_EXPORTER_OTLP_{variable}_PROTOCOL=http/protobuf",
            $"OTEL_EXPORTER_OTLP_{variable}_COMPRESSION=gzip", "OTEL_SERVICE_NAME=own-name", "OTEL_TRACES_SAMPLER=always_on",
            "OTEL_BSP_SCHEDULE_DELAY=50", "OTEL_BLRP_SCHEDULE_DELAY=50", "OTEL_METRIC_EXPORT_INTERVAL=200",
        ]);
        await AskAsync(gateway);
        await Eventually.TrueAsync(() => _collector.Raw.Length > 0);
        Assert.Contains("own-name", _collector.Raw, StringComparison.Ordinal);
        Assert.Contains($"/v1/{signal} Content-Encoding=gzip", _collector.Headers);
    }

    private Task<ObservedGateway> StartAsync(string[] settings) => ObservedGateway.StartAsync(
        "http://127.0.0.1:9", [.. settings.Select(static setting => "--" + setting)], builder => builder.Services.AddSingleton<TimeProvider>(_clock));

    private async Task RecoverAsync(ObservedGateway gateway)
    {
        _collector.Refuses = false;
        await Eventually.TrueAsync(async () =>
        {
            _clock.Advance(TimeSpan.FromSeconds(61));
            await AskAsync(gateway);
            return Array.TrueForAll(Signals, signal => Count(gateway, Works, signal) > 0);
        });
    }

    private static async Task MovesAsync(ObservedGateway gateway, string outcome)
    {
        var before = Value(await gateway.ScrapeAsync(), "exports", $"outcome=\"{outcome}\"", "traces");
        await Eventually.TrueAsync(async () =>
        {
            await AskAsync(gateway);
            return Value(await gateway.ScrapeAsync(), "exports", $"outcome=\"{outcome}\"", "traces") > before;
        });
    }

    // A span, and a line of the audit.
    private static async Task AskAsync(ObservedGateway gateway)
    {
        using var lost = await gateway.Proxy.GetAsync(new Uri("/nowhere", UriKind.Relative), TestContext.Current.CancellationToken);
        await gateway.PutAsync("seen-keys/default", """{"fields":{"apiKey":"k"}}""");
    }

    private static int Count(ObservedGateway gateway, int line, string signal) => gateway.Logs.Entries.Count(entry =>
        entry.EventId == line && entry.Message.Contains(signal, StringComparison.Ordinal));

    private static long? Value(string text, string metric, string label, string signal)
    {
        var series = $"gateway_telemetry_{metric}_total{{{label},signal=\"{signal}\"}} ";
        var line = text.Split('\n').SingleOrDefault(line => line.StartsWith(series, StringComparison.Ordinal));
        return line is null ? null : long.Parse(line.AsSpan(series.Length), CultureInfo.InvariantCulture);
    }
}
