using System.IO.Compression;
using System.Net.Http.Headers;

namespace Gateway.Tests.Compat.Telemetry;

public sealed class NegotiationTests
{
    private const string Text = "text/plain; version=0.0.4; charset=utf-8";
    private const string TextOne = "text/plain; version=1.0.0; charset=utf-8; escaping=underscores";
    private const string OpenMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores";

    // What the two Prometheus lines send.
    private const string Prometheus242 =
        "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
        + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

    private const string Prometheus3 =
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,"
        + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

    private const string Prometheus3WithProtobuf =
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7," + Prometheus3;

    private const string Prometheus3TextOnly =
        "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.4";

    [Theory]
    [InlineData(null, Text)]
    [InlineData("", Text)]
    [InlineData("*/*", Text)]
    [InlineData("text/html,application/xhtml+xml,*/*;q=0.8", Text)]
    [InlineData("application/json", Text)]
    [InlineData("no media type at all;;;", Text)]
    [InlineData("text/plain;version=0.0.4", Text)]
    [InlineData("text/plain;version=1.0.0;escaping=underscores", TextOne)]
    [InlineData("application/openmetrics-text", OpenMetrics)]
    [InlineData("Application/OpenMetrics-Text; Version=\"1.0.0\"", OpenMetrics)]
    [InlineData("application/openmetrics-text;version=2.0.0", Text)]
    [InlineData("application/openmetrics-text;version=1.0.0;q=0", Text)]
    [InlineData("application/openmetrics-text;version=1.0.0;escaping=unheard-of", Text)]
    [InlineData("application/openmetrics-text;version=1.0.0;q=0.3,text/plain;version=0.0.4;q=0.9", Text)]
    [InlineData("text/plain;version=0.0.4;q=0.3,application/openmetrics-text;version=1.0.0;q=0.9", OpenMetrics)]
    [InlineData("text/plain,application/openmetrics-text;version=1.0.0", Text)]
    [InlineData("*/*,application/openmetrics-text;version=1.0.0", OpenMetrics)]
    [InlineData(Prometheus242, OpenMetrics)]
    [InlineData(Prometheus3, OpenMetrics)]
    [InlineData(Prometheus3WithProtobuf, OpenMetrics)]
    [InlineData(Prometheus3TextOnly, TextOne)]
    public async Task Accept_ChoosesTheFormat(string? accept, string expected)
    {
        await using var app = await ScrapedApp.StartAsync();

        using var response = await app.GetAsync(accept);
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Equal(expected, response.Content.Headers.GetValues("Content-Type").Single());
        Assert.Equal(expected == OpenMetrics, body.EndsWith("# EOF\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Gzip_IsGivenToWhoAsks()
    {
        await using var app = await ScrapedApp.StartAsync();
        app.Client.DefaultRequestHeaders.AcceptEncoding.Add(new StringWithQualityHeaderValue("gzip"));

        using var response = await app.GetAsync();
        await using var body = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        using var text = new StreamReader(new GZipStream(body, CompressionMode.Decompress));

        Assert.Equal(["gzip"], response.Content.Headers.ContentEncoding);
        Assert.Contains("target_info", await text.ReadToEndAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }
}
