using System.Diagnostics.Metrics;

using Gateway.Model;
using Gateway.Observability;

using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Observability;

public sealed class ConnectionGaugesTests : IAsyncDisposable
{
    private readonly ManualClock _clock = new();
    private readonly InMemoryConnectionStore _store;
    private readonly ProviderCatalog _catalog = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly ConnectionGauges _gauges;
    private readonly IMeterFactory _meters;

    public ConnectionGaugesTests()
    {
        _store = new(_clock, _catalog);
        _catalog.Replace([TestProviders.Code(), TestProviders.Keys()]);
        _meters = _services.GetRequiredService<IMeterFactory>();
        _gauges = new(_store, _catalog, new GatewayMetrics(_meters), _clock, NullLogger<ConnectionGauges>.Instance);
    }

    [Fact]
    public async Task Connections_are_counted_at_the_start_and_every_ten_seconds()
    {
        await WriteAsync("a", expiresIn: 60);
        await StartAsync();
        await CountedAsync("gateway.connections code ready", 1);
        Assert.Equal(0, Read()["gateway.connections keys ready"]);
        Assert.Equal(_clock.GetUtcNow().AddSeconds(60).ToUnixTimeSeconds(), Read()["gateway.token.expiry.timestamp code "]);
        Assert.DoesNotContain("gateway.token.expiry.timestamp keys ", Read());

        // Expiry changes no record and sends no change message, so only the periodic count finds it.
        await WriteAsync("b", expiresIn: 5, failed: true);
        _clock.Advance(TimeSpan.FromSeconds(1));
        await CountedAsync("gateway.connections code ready", 2);
        _clock.Advance(TimeSpan.FromSeconds(10));
        await CountedAsync("gateway.connections code unavailable", 1);
    }

    [Fact]
    public async Task A_change_is_counted_a_second_later()
    {
        await StartAsync();
        await CountedAsync("gateway.connections code ready", 0);
        await WriteAsync("a", expiresIn: 60);
        await WriteAsync("b", expiresIn: 60);
        _clock.Advance(TimeSpan.FromMilliseconds(999));
        Assert.Equal(0, Read()["gateway.connections code ready"]);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        await CountedAsync("gateway.connections code ready", 2);
    }

    [Fact]
    public async Task The_last_values_stay_during_a_store_outage()
    {
        await WriteAsync("a", expiresIn: 600);
        await StartAsync();
        await CountedAsync("gateway.connections code ready", 1);

        _store.Away = true;
        _clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(1, Read()["gateway.connections code ready"]);

        _store.Away = false;
        await WriteAsync("b", expiresIn: 600);
        _clock.Advance(TimeSpan.FromSeconds(10));
        await CountedAsync("gateway.connections code ready", 2);
    }

    [Fact]
    public async Task Due_renewals_are_counted_until_they_are_claimed()
    {
        await WriteAsync("a", expiresIn: 600, refreshToken: "r");
        await WriteAsync("b", expiresIn: 3600, refreshToken: "r");
        await StartAsync();
        await CountedAsync("gateway.renewals.due code ", 0);
        Assert.Equal(0, Read()["gateway.renewal.lag code "]);
        Assert.Equal(0, Read()["gateway.renewals.due keys "]);

        // Five minutes before the expiry of "a" and one more.
        _clock.Advance(TimeSpan.FromMinutes(6));
        await CountedAsync("gateway.renewals.due code ", 1);
        await CountedAsync("gateway.renewal.lag code ", 60);

        await _store.ClaimAsync("code", 1, TimeSpan.FromMinutes(1), CancellationToken.None);
        _clock.Advance(TimeSpan.FromSeconds(10));
        await CountedAsync("gateway.renewals.due code ", 0);
        Assert.Equal(0, Read()["gateway.renewal.lag code "]);
    }

    [Fact]
    public async Task A_removed_provider_is_removed_from_the_gauges()
    {
        await StartAsync();
        await CountedAsync("gateway.connections keys ready", 0);
        _catalog.Replace([TestProviders.Code()]);
        _clock.Advance(TimeSpan.FromSeconds(10));
        await Eventually.TrueAsync(() => !Read().ContainsKey("gateway.connections keys ready"), "The gauge stays.");
    }

    public async ValueTask DisposeAsync()
    {
        await _gauges.StopAsync(CancellationToken.None);
        _gauges.Dispose();
        await _services.DisposeAsync();
    }

    private async Task StartAsync()
    {
        await _gauges.StartAsync(CancellationToken.None);
        await Eventually.TrueAsync(() => _clock.PendingTimers > 0, "No timer was set.");
        _clock.Advance(TimeSpan.Zero);
    }

    private Task CountedAsync(string series, double expected) =>
        Eventually.TrueAsync(() => Read().TryGetValue(series, out var value) && value == expected, $"{series} is not {expected}.");

    private async Task WriteAsync(string name, int expiresIn, bool failed = false, string refreshToken = "")
    {
        var now = _clock.GetUtcNow();
        await _store.TryWriteAsync(
            new Connection
            {
                Id = new("code", name),
                Generation = 1,
                Grant = Grant.None with { RefreshToken = new(refreshToken) },
                Token = new(new Secret("t"), now.AddSeconds(expiresIn)),
                LastFailure = failed ? new(RefreshOutcome.Transient, "timeout", now, 1, now) : null,
            },
            0,
            CancellationToken.None);
    }

    // Collects like a scrape.
    private Dictionary<string, double> Read()
    {
        var values = new Dictionary<string, double>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.IsObservable && ReferenceEquals(instrument.Meter.Scope, _meters))
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => values[Key(instrument, tags)] = value);
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => values[Key(instrument, tags)] = value);
        listener.Start();
        listener.RecordObservableInstruments();
        return values;
    }

    private static string Key(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        $"{instrument.Name} {tags[0].Value} {(tags.Length > 1 ? tags[1].Value : "")}";
}
