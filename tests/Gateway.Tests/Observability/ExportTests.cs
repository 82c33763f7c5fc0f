using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text;

using Gateway.Tests.Infrastructure;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Observability;

/// <summary>OTLP over HTTP into a receiver that keeps the bytes; strings stand in protobuf as they are.</summary>
[Collection(nameof(ObservedGateway))]
public sealed class ExportTests : IAsyncLifetime
{
    private readonly ConcurrentDictionary<string, ConcurrentQueue<string>> _received = new();
    private readonly WebApplication _collector;

    public ExportTests()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        _collector = builder.Build();
        _collector.Map("/v1/{signal}", ReceiveAsync);
        _collector.MapFallback(static () => Results.Ok("CANARY-of-the-third-party"));
    }

    public async ValueTask InitializeAsync() => await _collector.StartAsync();

    public ValueTask DisposeAsync() => _collector.DisposeAsync();

    [Fact]
    public async Task All_three_signals_leave_for_the_configured_collector_without_a_query()
    {
        await using (var gateway = await ObservedGateway.StartAsync(
            _collector.Urls.First(),
            [
                $"--OTEL_EXPORTER_OTLP_ENDPOINT={_collector.Urls.First()}", "--OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
                "--OTEL_TRACES_SAMPLER=always_on", "--OTEL_BSP_SCHEDULE_DELAY=50", "--OTEL_BLRP_SCHEDULE_DELAY=50", "--OTEL_METRIC_EXPORT_INTERVAL=200",
                "--Logging:LogLevel:Default=Trace",
            ]))
        {
            await gateway.PutAsync("seen-keys/default", """{"fields":{"apiKey":"CANARY-api-key"}}""");
            using var request = new HttpRequestMessage(HttpMethod.Get, "/keys/some/path?code=CANARY-code");
            request.Headers.TryAddWithoutValidation("X-Callers-Own", "CANARY-header");
            using var response = await gateway.Proxy.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(200, (int)response.StatusCode);
            await Eventually.TrueAsync(() => Text("traces").Contains("gateway.attempt", StringComparison.Ordinal), "No trace arrived.");
            await Eventually.TrueAsync(() => Text("metrics").Contains("gateway.credentials", StringComparison.Ordinal), "No metric arrived.");
            await Eventually.TrueAsync(() => Text("logs").Contains("seen-keys/default created", StringComparison.Ordinal), "No log arrived.");
        }

        Assert.Contains("GET /keys/{**path}", Text("traces"), StringComparison.Ordinal);
        Assert.Contains("/keys/some/path", Text("traces"), StringComparison.Ordinal);
        Assert.All(new[] { "url.path", "http.route", "http.response.status_code", "http.request.method" }, tag => Assert.Contains(tag, Text("traces"), StringComparison.Ordinal));
        Assert.All(_received.Keys, signal => Assert.DoesNotContain("CANARY", Text(signal), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_an_endpoint_nothing_is_traced_or_sent()
    {
        await using var gateway = await ObservedGateway.StartAsync(_collector.Urls.First(), ["--OTEL_BSP_SCHEDULE_DELAY=50"]);
        await gateway.PutAsync("seen-keys/default", """{"fields":{"apiKey":"k"}}""");
        await gateway.Proxy.GetStringAsync(new Uri("/keys/x", UriKind.Relative), TestContext.Current.CancellationToken);
        await gateway.StopAsync();
        Assert.Empty(_received);
    }

    private string Text(string signal) => _received.TryGetValue(signal, out var bodies) ? string.Concat(bodies) : "";

    private async Task ReceiveAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await using var source = context.Request.Headers.ContentEncoding == "gzip" ? new GZipStream(context.Request.Body, CompressionMode.Decompress) : context.Request.Body;
        await source.CopyToAsync(body);
        _received.GetOrAdd((string)context.Request.RouteValues["signal"]!, static _ => new()).Enqueue(Encoding.UTF8.GetString(body.ToArray()));
    }
}
