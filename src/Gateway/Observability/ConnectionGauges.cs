using System.Diagnostics.Metrics;
using System.Threading.Channels;

using Gateway.Model;

namespace Gateway.Observability;

/// <summary>
/// Counts connections for the gauges, every ten seconds and one second after a change. Scrapes read the last count and never wait for the
/// store; while the store is unavailable the last values stay.
/// </summary>
internal sealed partial class ConnectionGauges : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    // Changes within this time are counted together.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(1);

    private readonly IConnectionStore _store;
    private readonly ProviderCatalog _catalog;
    private readonly GatewayMetrics _metrics;
    private readonly TimeProvider _clock;
    private readonly ILogger<ConnectionGauges> _logger;

    // Written by the timer, read by the loop. A second entry is dropped, since one count covers both.
    private readonly Channel<bool> _due =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    // Replaced as a whole by the loop, read by scrapes.
    private volatile IReadOnlyList<KeyValuePair<string, ConnectionTally>> _tallies = [];

    // 1 while the timer is set to the settling time: set by the store's notifications, cleared when the timer fires.
    private int _isSettling;

    public ConnectionGauges(
        IConnectionStore store, ProviderCatalog catalog, GatewayMetrics metrics, TimeProvider clock, ILogger<ConnectionGauges> logger)
    {
        (_store, _catalog, _metrics, _clock, _logger) = (store, catalog, metrics, clock, logger);
        metrics.ObserveConnections(() => _tallies.SelectMany(CountsOf), () => _tallies.SelectMany(ExpiryOf));
        metrics.ObserveRenewals(
            () => _tallies.Select(static entry => Of(entry.Key, entry.Value.RenewalsDue)),
            () => _tallies.Select(static entry => Of(entry.Key, entry.Value.RenewalLag.TotalSeconds)));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _metrics.Announce();
        await using var timer = _clock.CreateTimer(RequestCount, null, TimeSpan.Zero, Interval);
        using var subscription = _store.Subscribe(_ => CountSoon(timer));
        await foreach (var _ in _due.Reader.ReadAllAsync(stoppingToken))
        {
            await CountAsync(stoppingToken);
        }
    }

    private static IEnumerable<Measurement<long>> CountsOf(KeyValuePair<string, ConnectionTally> entry)
    {
        var (provider, tally) = entry;
        yield return Count(provider, ConnectionStatus.Ready, tally.Ready);
        yield return Count(provider, ConnectionStatus.Refreshing, tally.Refreshing);
        yield return Count(provider, ConnectionStatus.ReauthorizationRequired, tally.ReauthorizationRequired);
        yield return Count(provider, ConnectionStatus.Unavailable, tally.Unavailable);
    }

    private static Measurement<long> Count(string provider, ConnectionStatus status, long count) =>
        new(count, new(GatewayTags.Provider, provider), new(GatewayTags.Status, status.ToTagValue()));

    private static IEnumerable<Measurement<double>> ExpiryOf(KeyValuePair<string, ConnectionTally> entry)
    {
        if (entry.Value.EarliestExpiry is { } expiry && expiry < DateTimeOffset.MaxValue)
        {
            yield return Of(entry.Key, expiry.ToUnixTimeMilliseconds() / 1000d);
        }
    }

    private static Measurement<T> Of<T>(string provider, T value)
        where T : struct => new(value, new KeyValuePair<string, object?>(GatewayTags.Provider, provider));

    private void CountSoon(ITimer timer)
    {
        if (Interlocked.Exchange(ref _isSettling, 1) == 0)
        {
            timer.Change(Settling, Interval);
        }
    }

    private void RequestCount(object? state)
    {
        Volatile.Write(ref _isSettling, 0);
        _due.Writer.TryWrite(true);
    }

    private async Task CountAsync(CancellationToken cancellationToken)
    {
        // A new provider's series start at 0 even while the store is unavailable.
        var providers = _catalog.All;
        foreach (var provider in providers)
        {
            _metrics.Announce(provider.Name);
        }

        try
        {
            var tallies = new List<KeyValuePair<string, ConnectionTally>>(providers.Count);
            foreach (var provider in providers)
            {
                tallies.Add(new(provider.Name, await _store.TallyAsync(provider.Name, cancellationToken)));
            }

            _tallies = tallies;
        }
        catch (StoreUnavailableException e)
        {
            Log.NotCounted(_logger, e.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(6000, LogLevel.Debug, "Connections were not counted; the gauges keep their values: {Reason}")]
        public static partial void NotCounted(ILogger logger, string reason);
    }
}
