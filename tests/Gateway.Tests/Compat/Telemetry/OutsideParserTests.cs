using System.Diagnostics;
using Gateway.Tests.Infrastructure;
using OpenTelemetry.Metrics;

namespace Gateway.Tests.Compat.Telemetry;

/// <summary>What others' programs make of the two formats.</summary>
public sealed class OutsideParserTests
{
    private const string Parse = """
        import sys
        try:
            from prometheus_client.openmetrics.parser import text_string_to_metric_families
        except ImportError:
            sys.exit(127)
        for family in text_string_to_metric_families(sys.stdin.read()):
            exemplars = sum(1 for sample in family.samples if sample.exemplar)
            print(family.name, family.type, family.unit or "-", len(family.samples), exemplars)
        """;

    [Fact]
    public async Task Promtool_FindsNothingToRemarkOnTheTextFormat()
    {
        await using var app = await StartAsync();

        var (exitCode, output) = await Tool.RunAsync("promtool", ["check", "metrics"], await app.ScrapeAsync("text/plain;version=0.0.4"));

        SkipIfAbsent(exitCode, "prometheus");
        Assert.Equal("", output);
        Assert.Equal(0, exitCode);
    }

    [Fact]
    public async Task PrometheusClient_ParsesOpenMetrics()
    {
        await using var app = await StartAsync();

        var (exitCode, output) = await Tool.RunAsync("/usr/bin/python3", ["-c", Parse], await app.ScrapeAsync(ScrapedApp.OpenMetrics));

        SkipIfAbsent(exitCode, "python3-prometheus-client");
        Assert.Equal(
            [
                "gateway_active_requests gauge - 1 0",
                "gateway_overhead_seconds histogram seconds 8 1",
                "gateway_requests counter - 4 1",
                "gateway_sent_bytes counter bytes 2 0",
                "gateway_token_expiry_timestamp_seconds gauge seconds 1 0",
                "target info - 1 0",
            ],
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal).ToArray());
    }

    private static void SkipIfAbsent(int exitCode, string package) =>
        Assert.SkipWhen(exitCode == 127, $"needs {package}: apt-get install {package}");

    private static async Task<ScrapedApp> StartAsync()
    {
        var app = await ScrapedApp.StartAsync(metrics => metrics.SetExemplarFilter(ExemplarFilterType.TraceBased).AddView(
            "gateway.overhead", new ExplicitBucketHistogramConfiguration { Boundaries = [0.001, 0.5, 1, 1_000_000] }));
        var requests = app.Meter.CreateCounter<long>("gateway_requests_total", description: "Requests \"seen\",\nby provider \\ outcome.");
        var overhead = app.Meter.CreateHistogram<double>("gateway.overhead", "s", "Time added.");
        app.Meter.CreateCounter<long>("gateway.sent", "By", "Bytes sent.").Add(1234);
        app.Meter.CreateUpDownCounter<int>("gateway.active_requests", "{request}", "Requests in progress.").Add(2);
        app.Meter.CreateObservableGauge("gateway.token_expiry_timestamp", () => 1.7e9, "s", "Earliest expiry.");
        using var activity = new Activity("sampled") { ActivityTraceFlags = ActivityTraceFlags.Recorded };
        activity.Start();
        requests.Add(1, new KeyValuePair<string, object?>("provider", "a\\b\"c\nd"));
        overhead.Record(0.25);
        activity.Stop();
        requests.Add(2, new KeyValuePair<string, object?>("provider", "bexio"));
        return app;
    }
}
