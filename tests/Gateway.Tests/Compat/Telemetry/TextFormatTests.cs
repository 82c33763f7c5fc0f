using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Gateway.Tests.Compat.Telemetry;

public sealed class TextFormatTests
{
    [Fact]
    public async Task Counter_IsNamedTotal_WithHelpAndType()
    {
        await using var app = await ScrapedApp.StartAsync();
        app.Meter.CreateCounter<long>("gateway.requests", description: "Requests seen.").Add(
            3, new KeyValuePair<string, object?>("provider", "bexio"));

        Assert.Equal(
            [
                "# TYPE gateway_requests_total counter",
                "# HELP gateway_requests_total Requests seen.",
                "gateway_requests_total{provider=\"bexio\"} 3",
            ],
            await app.LinesAsync());
    }

    [Theory]
    [InlineData("gateway.requests", null, "gateway_requests_total")]
    [InlineData("gateway_requests_total", null, "gateway_requests_total")]
    [InlineData("gateway.requests", "{request}", "gateway_requests_total")]
    [InlineData("gateway.requests", "1", "gateway_requests_total")]
    [InlineData("gateway.sent", "By", "gateway_sent_bytes_total")]
    [InlineData("gateway.sent.bytes", "By", "gateway_sent_bytes_total")]
    [InlineData("gateway_sent_bytes_total", "By", "gateway_sent_bytes_total")]
    [InlineData("a..b--c", null, "a_b_c_total")]
    [InlineData("gateway.rate", "By/s", "gateway_rate_bytes_per_second_total")]
    [InlineData("gateway.rate", "{token}/s", "gateway_rate_per_second_total")]
    [InlineData("gateway.rate", "1/s", "gateway_rate_per_second_total")]
    public async Task Counter_GetsUnitAndTotalOnce(string name, string? unit, string expected)
    {
        await using var app = await ScrapedApp.StartAsync();
        app.Meter.CreateCounter<long>(name, unit).Add(1);

        Assert.Equal([$"# TYPE {expected} counter", $"{expected} 1"], await app.LinesAsync());
    }

    [Theory]
    [InlineData("gateway.expiry", "s", "gateway_expiry_seconds")]
    [InlineData("gateway.load", "1", "gateway_load")]
    [InlineData("gateway_load_ratio", "1", "gateway_load_ratio")]
    [InlineData("gateway.load", "%", "gateway_load_percent")]
    [InlineData("gateway.connections", "{connection}", "gateway_connections")]
    [InlineData("gateway_token_expiry_timestamp_seconds", "s", "gateway_token_expiry_timestamp_seconds")]
    public async Task Gauge_GetsUnitButNoTotal(string name, string unit, string expected)
    {
        await using var app = await ScrapedApp.StartAsync();
        app.Meter.CreateGauge<double>(name, unit).Record(0.5);

        Assert.Equal([$"# TYPE {expected} gauge", $"{expected} 0.5"], await app.LinesAsync());
    }

    [Fact]
    public async Task UpDownCounter_IsAGauge()
    {
        await using var app = await ScrapedApp.StartAsync();
        var active = app.Meter.CreateUpDownCounter<int>("gateway.active");
        active.Add(2);
        active.Add(-5);

        Assert.Equal(["# TYPE gateway_active gauge", "gateway_active -3"], await app.LinesAsync());
    }

    [Fact]
    public async Task ObservableGauge_IsReadByEachScrape()
    {
        await using var app = await ScrapedApp.StartAsync();
        var reads = 0;
        app.Meter.CreateObservableGauge("gateway.reads", () => ++reads);

        Assert.Contains("gateway_reads 1", await app.LinesAsync(), StringComparer.Ordinal);
        Assert.Contains("gateway_reads 2", await app.LinesAsync(), StringComparer.Ordinal);
    }

    [Fact]
    public async Task Histogram_HasCumulativeBucketsSumAndCount()
    {
        await using var app = await ScrapedApp.StartAsync(metrics => metrics.AddView(
            "gateway.overhead", new ExplicitBucketHistogramConfiguration { Boundaries = [0.001, 0.0025, 1, 10] }));
        var overhead = app.Meter.CreateHistogram<double>("gateway.overhead", "s");
        overhead.Record(0.0005);
        overhead.Record(0.0025);
        overhead.Record(5);
        overhead.Record(50);

        Assert.Equal(
            [
                "# TYPE gateway_overhead_seconds histogram",
                "gateway_overhead_seconds_bucket{le=\"0.001\"} 1",
                "gateway_overhead_seconds_bucket{le=\"0.0025\"} 2",
                "gateway_overhead_seconds_bucket{le=\"1\"} 2",
                "gateway_overhead_seconds_bucket{le=\"10\"} 3",
                "gateway_overhead_seconds_bucket{le=\"+Inf\"} 4",
                "gateway_overhead_seconds_sum 55.003",
                "gateway_overhead_seconds_count 4",
            ],
            await app.LinesAsync());
    }

    [Fact]
    public async Task LabelsAndHelp_AreEscaped()
    {
        await using var app = await ScrapedApp.StartAsync();
        app.Meter.CreateGauge<int>("odd", description: "a \\ b\n\"c\"").Record(
            1, new KeyValuePair<string, object?>("net.peer-name", "x\\y\"z\nü"), new KeyValuePair<string, object?>("1st", true));

        var lines = await app.LinesAsync();
        Assert.Contains("# HELP odd a \\\\ b\\n\"c\"", lines, StringComparer.Ordinal);
        Assert.Contains(lines, line => line.Contains("net_peer_name=\"x\\\\y\\\"z\\nü\"", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("_1st=\"true\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task LabelsThatBecomeEqual_KeepBothValues()
    {
        await using var app = await ScrapedApp.StartAsync();
        app.Meter.CreateGauge<int>("clash").Record(
            1, new KeyValuePair<string, object?>("a.b", "one"), new KeyValuePair<string, object?>("a_b", "two"));

        Assert.Contains("clash{a_b=\"one;two\"} 1", await app.LinesAsync(), StringComparer.Ordinal);
    }

    [Fact]
    public async Task MetricsThatBecomeEqual_ShareOneBlock()
    {
        await using var app = await ScrapedApp.StartAsync();
        app.Meter.CreateGauge<int>("same.name").Record(1, new KeyValuePair<string, object?>("from", "dot"));
        app.Meter.CreateGauge<int>("same_name").Record(2, new KeyValuePair<string, object?>("from", "underscore"));
        app.Meter.CreateGauge<int>("other.name").Record(3);

        var lines = await app.LinesAsync();
        Assert.Equal(["# TYPE other_name gauge", "other_name 3", "# TYPE same_name gauge"], lines[..3]);
        Assert.Equal(["same_name{from=\"dot\"} 1", "same_name{from=\"underscore\"} 2"], lines[3..].Order(StringComparer.Ordinal).ToArray());
    }

    [Fact]
    public async Task MetricsOfTwoTypes_UnderOneName_AreLeftOut()
    {
        await using var app = await ScrapedApp.StartAsync();
        app.Meter.CreateGauge<int>("taken_total").Record(1);
        app.Meter.CreateCounter<int>("taken").Add(2);

        app.Meter.CreateCounter<int>("free").Add(3);

        Assert.Equal(["# TYPE free_total counter", "free_total 3"], await app.LinesAsync());
    }

    [Theory]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    [InlineData(0.1, "0.1")]
    public async Task Numbers_AreWrittenAsTheFormatSpellsThem(double value, string expected)
    {
        await using var app = await ScrapedApp.StartAsync();
        app.Meter.CreateObservableGauge("number", () => value);

        Assert.Contains($"number {expected}", await app.LinesAsync(), StringComparer.Ordinal);
    }

    [Fact]
    public async Task Series_NameTheirMeter_AndTheTargetItsResource()
    {
        await using var app = await ScrapedApp.StartAsync(metrics => metrics.ConfigureResource(
            resource => resource.AddService("gateway-under-test")));
        app.Meter.CreateGauge<int>("one").Record(1);

        var text = await app.ScrapeAsync();
        Assert.Contains($"one{{otel_scope_name=\"{app.Meter.Name}\",otel_scope_version=\"1.2\"}} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("# TYPE target_info gauge\n", text, StringComparison.Ordinal);
        Assert.Contains("service_name=\"gateway-under-test\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("# EOF", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_TurnOffScopeTargetAndTotal()
    {
        await using var app = await ScrapedApp.StartAsync(options: options =>
        {
            options.ScopeInfoEnabled = false;
            options.TargetInfoEnabled = false;
            options.DisableTotalNameSuffixForCounters = true;
        });
        app.Meter.CreateCounter<int>("requests").Add(1);

        Assert.Equal("# TYPE requests counter\nrequests 1\n", (await app.ScrapeAsync()).Replace("{}", "", StringComparison.Ordinal));
    }
}
