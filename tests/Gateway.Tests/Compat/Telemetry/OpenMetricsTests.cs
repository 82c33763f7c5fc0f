using System.Diagnostics;
using System.Text.RegularExpressions;
using OpenTelemetry.Metrics;

namespace Gateway.Tests.Compat.Telemetry;

public sealed partial class OpenMetricsTests
{
    [Fact]
    public async Task Counter_HasAFamilyWithoutTotal_AndItsUnit()
    {
        await using var app = await ScrapedApp.StartAsync();
        app.Meter.CreateCounter<long>("gateway.sent", "By", "Bytes \"sent\".").Add(5);

        Assert.Equal(
            [
                "# TYPE gateway_sent_bytes counter",
                "# UNIT gateway_sent_bytes bytes",
                "# HELP gateway_sent_bytes Bytes \\\"sent\\\".",
                "gateway_sent_bytes_total 5",
            ],
            await app.LinesAsync(ScrapedApp.OpenMetrics));
    }

    [Fact]
    public async Task CounterKeepsTotal_WhereTheTextFormatMayDropIt()
    {
        await using var app = await ScrapedApp.StartAsync(options: options => options.DisableTotalNameSuffixForCounters = true);
        app.Meter.CreateCounter<long>("sent").Add(5);

        Assert.Contains("sent_total 5", await app.LinesAsync(ScrapedApp.OpenMetrics), StringComparer.Ordinal);
    }

    [Fact]
    public async Task Exposition_BeginsWithTheTarget_AndEndsWithEof()
    {
        await using var app = await ScrapedApp.StartAsync();

        var text = await app.ScrapeAsync(ScrapedApp.OpenMetrics);
        Assert.Contains("# TYPE target info\n", text, StringComparison.Ordinal);
        Assert.Matches("\ntarget_info\\{.*\\} 1\n", text);
        Assert.EndsWith("# EOF\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.005, "0.005")]
    [InlineData(0.00001, "1e-05")]
    [InlineData(1, "1.0")]
    [InlineData(250000, "250000.0")]
    [InlineData(1_000_000, "1e+06")]
    [InlineData(1_234_567.5, "1.2345675e+06")]
    [InlineData(1e20, "1e+20")]
    public async Task Bounds_AreSpelledCanonically(double bound, string expected)
    {
        await using var app = await ScrapedApp.StartAsync(metrics => metrics.AddView(
            "sizes", new ExplicitBucketHistogramConfiguration { Boundaries = [bound] }));
        app.Meter.CreateHistogram<double>("sizes").Record(0);

        Assert.Contains($"sizes_bucket{{le=\"{expected}\"}} 1", await app.LinesAsync(ScrapedApp.OpenMetrics), StringComparer.Ordinal);
    }

    [Fact]
    public async Task HistogramOfNegativeValues_HasNeitherSumNorCount()
    {
        await using var app = await ScrapedApp.StartAsync(metrics => metrics.AddView(
            "drift", new ExplicitBucketHistogramConfiguration { Boundaries = [-1, 0] }));
        app.Meter.CreateHistogram<double>("drift").Record(-3);

        var lines = await app.LinesAsync(ScrapedApp.OpenMetrics);
        Assert.Contains("drift_bucket{le=\"+Inf\"} 1", lines, StringComparer.Ordinal);
        Assert.DoesNotContain(lines, line => line.StartsWith("drift_sum", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.StartsWith("drift_count", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Exemplar_LeadsFromBucketAndCounterToTheSampledTrace()
    {
        await using var app = await ScrapedApp.StartAsync(metrics => metrics.SetExemplarFilter(ExemplarFilterType.TraceBased).AddView(
            "wait", new ExplicitBucketHistogramConfiguration { Boundaries = [1, 10] }));
        var wait = app.Meter.CreateHistogram<double>("wait", "s");
        var served = app.Meter.CreateCounter<long>("served");
        wait.Record(0.5);
        var trace = Sampled(() =>
        {
            wait.Record(5);
            served.Add(2);
        });

        var lines = await app.LinesAsync(ScrapedApp.OpenMetrics);
        var exemplar = $" # {{trace_id=\"{trace.TraceId}\",span_id=\"{trace.SpanId}\"}} ";
        Assert.Contains("wait_seconds_bucket{le=\"1.0\"} 1", lines, StringComparer.Ordinal);
        Assert.Contains(lines, line => line.StartsWith("wait_seconds_bucket{le=\"10.0\"} 2" + exemplar + "5 ", StringComparison.Ordinal));
        Assert.Contains("wait_seconds_bucket{le=\"+Inf\"} 2", lines, StringComparer.Ordinal);
        Assert.Contains(lines, line => line.StartsWith("served_total 2" + exemplar + "2 ", StringComparison.Ordinal));
        Assert.DoesNotContain(await app.LinesAsync(), line => line.Contains("trace_id", StringComparison.Ordinal));
    }

    [Fact]
    public async Task CounterAndHistogram_SayWhenTheyBegan()
    {
        await using var app = await ScrapedApp.StartAsync();
        app.Meter.CreateCounter<long>("served").Add(1);
        app.Meter.CreateHistogram<double>("wait").Record(1);

        var text = await app.ScrapeAsync(ScrapedApp.OpenMetrics);
        Assert.Equal(2, Created().Count(text));
        Assert.DoesNotMatch(Created(), await app.ScrapeAsync());
    }

    [GeneratedRegex(@"\n(?:served|wait)_created\{[^}]*\} 1\d{9}(?:\.\d{1,7})?\n", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Created();

    private static ActivityContext Sampled(Action action)
    {
        using var activity = new Activity("sampled");
        activity.SetIdFormat(ActivityIdFormat.W3C);
        activity.ActivityTraceFlags = ActivityTraceFlags.Recorded;
        activity.Start();
        action();
        return activity.Context;
    }
}
