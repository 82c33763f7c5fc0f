using System.Globalization;

using Gateway.Testing.Otlp;

namespace Gateway.Tests.Observability;

/// <summary>A collector that stalls or is gone is the collector's trouble: requests go on, and what waits for it is bounded.</summary>
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
    public async Task Requests_go_on_and_memory_is_bounded(bool stalls)
    {
        _collector.Stalls = true;
        string[] settings =
        [
            .. _collector.Settings(), $"OTEL_BSP_MAX_QUEUE_SIZE={QueueSize}", "OTEL_EXPORTER_OTLP_TIMEOUT=60000",
            .. stalls ? Array.Empty<string>() : [$"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:{FreePort.Next()}"],
        ];
        await using var gateway = await ObservedGateway.StartAsync("http://127.0.0.1:9", [.. settings.Select(static setting => "--" + setting)]);
        using var caller = await RawClient.ConnectAsync(gateway.ProxyPort);
        await AskAsync(caller, Requests);
        if (stalls)
        {
            // One exporting thread for each signal, each stuck.
            await Eventually.TrueAsync(() => _collector.Stalled >= 2, "The collector was asked nothing.");
        }

        var before = GC.GetTotalMemory(forceFullCollection: true);
        await AskAsync(caller, 2 * Requests);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, -100 * Megabyte, 10 * Megabyte);

        // None is lost without a count: what is missing waits, or is under way.
        await Eventually.TrueAsync(async () => Dropped(await gateway.ScrapeAsync()) >= (3 * Requests) - QueueSize);
        Assert.InRange(Dropped(await gateway.ScrapeAsync()), (3 * Requests) - QueueSize, 3 * Requests);

        // A stop is bounded too, and quick once the collector is gone.
        Assert.Empty(_collector.Spans);
        await _collector.DisposeAsync();
    }

    private static long Dropped(string text) => text.Split('\n')
        .Where(static line => line.StartsWith("gateway_telemetry_dropped_total{", StringComparison.Ordinal) && line.Contains("signal=\"traces\"", StringComparison.Ordinal))
        .Sum(static line => long.Parse(line.AsSpan(line.LastIndexOf(' ')), CultureInfo.InvariantCulture));

    // Each is sampled and leaves a span of some two kilobytes: twelve thousand kept would be twenty-four megabytes.
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
