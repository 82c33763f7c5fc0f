using Gateway.Testing.Otlp;

namespace Gateway.Tests.Observability;

/// <summary>A stalled or unreachable collector does not delay requests, and the export queue is bounded.</summary>
[Collection(nameof(ObservedGateway))]
public sealed class AbsentCollectorTests : IAsyncLifetime
{
    private const int Batch = 50;
    private const int Requests = 6_000;
    private const int QueueSize = 512;
    private const long Megabyte = 1024 * 1024;

    private static readonly TimeSpan Patience = Eventually.Patience;

    private OtlpCollector _collector = null!;

    public async ValueTask InitializeAsync() => _collector = await OtlpCollector.StartAsync();

    public ValueTask DisposeAsync() => _collector.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Requests_continue_and_memory_is_bounded(bool stalls)
    {
        _collector.Stalls = true;
        string[] settings =
        [
            .. _collector.Settings(), $"OTEL_BSP_MAX_QUEUE_SIZE={QueueSize}", "OTEL_EXPORTER_OTLP_TIMEOUT=60000",
            .. stalls ? Array.Empty<string>() : [$"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:{FreePort.Next()}"],
        ];
        await using var gateway =
            await ObservedGateway.StartAsync("http://127.0.0.1:9", [.. settings.Select(static setting => "--" + setting)]);
        using var caller = await RawClient.ConnectAsync(gateway.ProxyPort);
        await AskAsync(caller, Requests);
        if (stalls)
        {
            // One exporting thread for each signal, each stalled.
            await Eventually.TrueAsync(() => _collector.Stalled >= 2, "The collector received no request.");
        }

        var before = GC.GetTotalMemory(forceFullCollection: true);
        await AskAsync(caller, 2 * Requests);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, -100 * Megabyte, 10 * Megabyte);

        // One batch is in flight and one queue is full; the SDK counts the other spans. Batches that fail at once leave no queue.
        await Eventually.TrueAsync(
            async () => stalls
                ? Dropped(await gateway.ScrapeAsync()) >= (3 * Requests) - (2 * QueueSize)
                : Errors(await gateway.ScrapeAsync()) > 0);
        Assert.InRange(Dropped(await gateway.ScrapeAsync()), 0, 3 * Requests);

        // The time of a stop is bounded, and short when the collector is unreachable.
        Assert.Empty(_collector.Spans);
        await _collector.DisposeAsync();
    }

    private static double Dropped(string text) =>
        MetricsText.Parse(text).Sum("otel_sdk_processor_span_processed_total", "error_type=\"queue_full\"");

    private static double Errors(string text) => MetricsText.Parse(text).Sum("gateway_telemetry_export_errors_total", "signal=\"traces\"");

    // Each request is sampled and has a span of about two kilobytes: keeping twelve thousand would need twenty-four megabytes.
    private static async Task AskAsync(RawConnection caller, int requests)
    {
        var burst = string.Concat(Enumerable.Repeat("GET /nowhere HTTP/1.1\r\nHost: gateway\r\n\r\n", Batch));
        for (var sent = 0; sent < requests; sent += Batch)
        {
            await caller.SendAsync(burst);
            for (var answer = 0; answer < Batch; answer++)
            {
                Assert.Equal(404, (await caller.ReadResponseAsync().WaitAsync(Patience)).Status);
            }
        }
    }
}
