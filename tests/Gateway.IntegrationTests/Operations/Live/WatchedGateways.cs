using System.Text.Json.Nodes;

namespace Gateway.IntegrationTests.Operations.Live;

/// <summary>The events of <see cref="MonitoredEvents"/> scraped by a real Prometheus; run once for all tests of a class.</summary>
public sealed class WatchedGateways : IAsyncLifetime
{
    private MonitoredEvents? _day;
    private WatchingPrometheus? _prometheus;

    /// <summary>Each gateway's metrics at the end of the day.</summary>
    internal IReadOnlyList<string> Scrapes { get; private set; } = [];

    /// <summary>The OpenAPI document of the admin API.</summary>
    internal JsonNode AdminDocument { get; private set; } = new JsonObject();

    internal WatchingPrometheus Prometheus
    {
        get
        {
            Assert.SkipWhen(_prometheus is null, "needs prometheus and redis-server: apt-get install prometheus redis-server");
            return _prometheus;
        }
    }

    public async ValueTask InitializeAsync()
    {
        if (!PrometheusServer.IsInstalled || !RedisServer.IsInstalled)
        {
            return;
        }

        _day = await MonitoredEvents.DawnAsync();
        _prometheus = await WatchingPrometheus.StartAsync(_day.Targets);
        await SeenAsync("sum(gateway_ready) == 2");
        await _day.MorningAsync();
        await SeenAsync("sum(rate(gateway_credentials_total[10s])) > 0");
        await _day.AfternoonAsync();
        await SeenAsync("max(gateway_connections{status=\"reauthorization_required\"}) > 0");
        await SeenAsync("min(gateway_config_reloads_total{outcome=\"applied\"}) > 0");
        await _day.EveningAsync();
        await SeenAsync("sum(gateway_store_operations_total{outcome=~\"error|timeout\"}) > 0");
        await _day.NightAsync();
        await SeenAsync("sum(rate(gateway_store_operations_total{outcome=~\"error|timeout\"}[10s])) > 0");
        await SeenAsync("job:gateway_failed_requests:ratio_rate30d > 0 and job:gateway_waiting_requests:ratio_rate3d > 0");
        AdminDocument = JsonNode.Parse(await _day.DocumentAsync())!;
        Scrapes = await _day.ScrapeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_prometheus is not null)
        {
            await _prometheus.DisposeAsync();
        }

        if (_day is not null)
        {
            await _day.DisposeAsync();
        }
    }

    private Task SeenAsync(string expression) => Eventually.TrueAsync(
        async () => (await _prometheus!.QueryAsync(expression)).Count > 0, () => $"Prometheus has not seen: {expression}");
}
