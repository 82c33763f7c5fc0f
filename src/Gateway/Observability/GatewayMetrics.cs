using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

using Gateway.Model;

namespace Gateway.Observability;

/// <summary>The gateway's meter, with one method for each event. Labels come from the configuration or a closed set.</summary>
public sealed class GatewayMetrics
{
    public const string MeterName = "Gateway";

    // Errors that occur before a route is found, and on routes without a credential.
    private static readonly GatewayError[] WithoutProvider =
    [
        GatewayError.RouteNotFound, GatewayError.BadRequest, GatewayError.MethodNotAllowed, GatewayError.UpstreamUnreachable,
        GatewayError.UpstreamTimeout,
    ];

    private readonly Meter _meter;
    private readonly CredentialCounts _credentials = new();
    private readonly Counter<long> _refreshes;
    private readonly Histogram<double> _refreshDuration;
    private readonly Counter<long> _unauthorized;
    private readonly Counter<long> _errors;
    private readonly Counter<long> _storeOperations;
    private readonly Histogram<double> _storeDuration;
    private readonly Counter<long> _configReloads;
    private readonly UpDownCounter<long> _unsavedGrants;

    // Written by the configuration reload, one at a time; read by scrapes.
    private volatile bool _isConfigRefused;

    public GatewayMetrics(IMeterFactory meters)
    {
        var meter = _meter = meters.Create(MeterName);
        meter.CreateObservableCounter("gateway.credentials", _credentials.Observe, null, "Credentials handed to requests, by source.");
        _refreshes = meter.CreateCounter<long>("gateway.token.refreshes", null, "Refreshes that ended, by trigger and outcome.");
        _refreshDuration = meter.CreateHistogram<double>("gateway.token.refresh.duration", "s", "From lease to stored result.");
        _unauthorized = meter.CreateCounter<long>("gateway.upstream.unauthorized", null, "401 answers of third parties, by action.");
        _errors = meter.CreateCounter<long>("gateway.errors", null, "Answers that the gateway made itself, by code.");
        _storeOperations = meter.CreateCounter<long>("gateway.store.operations", null, "Store operations, by outcome.");
        _configReloads = meter.CreateCounter<long>("gateway.config.reloads", null, "Configuration reloads, by outcome.");
        meter.CreateObservableGauge(
            "gateway.config.refused", () => _isConfigRefused ? 1 : 0, null, "1 while the files hold a change that was refused, else 0.");
        _unsavedGrants = meter.CreateUpDownCounter<long>(
            "gateway.unsaved.grants", null, "Refreshed or newly authorised grants that the store has not taken yet.");
        _storeDuration = meter.CreateHistogram<double>(
            "gateway.store.operation.duration", "s", "Time of a store operation, until its answer or its deadline.");
        meter.CreateObservableGauge("gateway.build.info", BuildInfo, null, "Always 1; which build this is, in labels.");
        Attempts = new AttemptTelemetry(meter);
    }

    /// <summary>Requests to third parties, each attempt by itself.</summary>
    public AttemptTelemetry Attempts { get; }

    /// <summary>Creates every series of a provider with the value 0, since a rate needs a first value.</summary>
    public void Announce(string provider)
    {
        _credentials.Announce(provider);
        Attempts.Announce(provider);
        foreach (var trigger in Enum.GetValues<RefreshTrigger>())
        {
            foreach (var outcome in Enum.GetValues<RefreshOutcome>())
            {
                AddRefreshes(0, provider, trigger, outcome);
            }
        }

        foreach (var action in Enum.GetValues<ReplayAction>())
        {
            AddUnauthorized(0, provider, action);
        }

        foreach (var error in Enum.GetValues<GatewayError>())
        {
            AddErrors(0, provider, error);
        }
    }

    /// <summary>As <see cref="Announce(string)"/>, for the series without a provider.</summary>
    public void Announce()
    {
        foreach (var error in WithoutProvider)
        {
            AddErrors(0, "", error);
        }

        _configReloads.Add(0, new KeyValuePair<string, object?>(GatewayTags.Outcome, "applied"));
        _configReloads.Add(0, new KeyValuePair<string, object?>(GatewayTags.Outcome, "refused"));
        _unsavedGrants.Add(0);
        foreach (var operation in StoreOperations.All)
        {
            foreach (var outcome in StoreOperations.Outcomes)
            {
                _storeOperations.Add(0, new(GatewayTags.Operation, operation), new(GatewayTags.Outcome, outcome));
            }
        }
    }

    /// <summary>Adds gauges over the last count. Scrapes call the functions, which must return at once.</summary>
    public void ObserveConnections(Func<IEnumerable<Measurement<long>>> counts, Func<IEnumerable<Measurement<double>>> expiries)
    {
        _meter.CreateObservableGauge("gateway.connections", counts, null, "Connections, by status.");
        _meter.CreateObservableGauge("gateway.token.expiry.timestamp", expiries, "s", "The earliest expiry, in seconds since 1970.");
    }

    /// <summary>Adds a gauge for each provider: 1 while it refuses the gateway's client credentials, else 0.</summary>
    public void ObserveMisconfigured(Func<IEnumerable<Measurement<int>>> alarms) => _meter.CreateObservableGauge(
        "gateway.provider.misconfigured", alarms, null, "1 while the provider refuses the gateway's own client credentials.");

    /// <summary>Adds a gauge of stored connections by key: <c>active</c>, <c>old</c>, <c>unknown</c>.</summary>
    public void ObserveStoreRecords(Func<IEnumerable<Measurement<long>>> counts) =>
        _meter.CreateObservableGauge("gateway.store.records", counts, null, "Stored connections, by the key that seals them.");

    /// <summary>As <see cref="ObserveConnections"/>, for renewal ahead of expiry.</summary>
    public void ObserveRenewals(Func<IEnumerable<Measurement<long>>> due, Func<IEnumerable<Measurement<double>>> lags)
    {
        _meter.CreateObservableGauge("gateway.renewals.due", due, null, "Connections due to be renewed and not claimed by an instance.");
        _meter.CreateObservableGauge("gateway.renewal.lag", lags, "s", "For how long the most overdue renewal has been due.");
    }

    /// <summary>Adds a gauge of what <c>/health/ready</c> answers.</summary>
    public void ObserveReadiness(Readiness readiness) => _meter.CreateObservableGauge(
        "gateway.ready", () => readiness.IsReady ? 1 : 0, null, "1 when this instance should get requests, 0 when not.");

    public void CredentialServed(string provider, CredentialSource source) => _credentials.Add(provider, source);

    public void Refreshed(string provider, RefreshTrigger trigger, RefreshOutcome outcome, TimeSpan duration)
    {
        AddRefreshes(1, provider, trigger, outcome);
        _refreshDuration.Record(
            duration.TotalSeconds, new(GatewayTags.Provider, provider), new(GatewayTags.Outcome, outcome.ToTagValue()));
    }

    public void UpstreamUnauthorized(string provider, ReplayAction action) => AddUnauthorized(1, provider, action);

    /// <summary>The gateway answered by itself; the provider is empty when the request reached no route.</summary>
    public void Refused(string provider, GatewayError error) => AddErrors(1, provider, error);

    /// <summary>Operation and outcome come from <see cref="StoreOperations"/>.</summary>
    public void StoreOperation(string operation, string outcome, TimeSpan duration)
    {
        _storeOperations.Add(1, new(GatewayTags.Operation, operation), new(GatewayTags.Outcome, outcome));
        _storeDuration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>(GatewayTags.Operation, operation));
    }

    /// <param name="applied">False when the new configuration was refused and the last good one stays.</param>
    public void ConfigurationReloaded(bool applied)
    {
        _isConfigRefused = !applied;
        _configReloads.Add(1, new KeyValuePair<string, object?>(GatewayTags.Outcome, applied ? "applied" : "refused"));
    }

    /// <param name="delta">+1 when a rotated grant waits for the store, -1 when the store has it.</param>
    public void UnsavedGrants(int delta) => _unsavedGrants.Add(delta);

    private static Measurement<int> BuildInfo() =>
        new(1, new("version", ObservabilityExtensions.Version), new("dotnet_version", Environment.Version.ToString()));

    private void AddRefreshes(int count, string provider, RefreshTrigger trigger, RefreshOutcome outcome) => _refreshes.Add(
        count,
        new(GatewayTags.Provider, provider),
        new(GatewayTags.Trigger, trigger.ToTagValue()),
        new(GatewayTags.Outcome, outcome.ToTagValue()));

    private void AddUnauthorized(int count, string provider, ReplayAction action) =>
        _unauthorized.Add(count, new(GatewayTags.Provider, provider), new(GatewayTags.Action, action.ToTagValue()));

    private void AddErrors(int count, string provider, GatewayError error) =>
        _errors.Add(count, new(GatewayTags.Provider, provider), new(GatewayTags.Code, error.ToCode()));
}

/// <summary>
/// Counts the credentials that requests get, in plain numbers that a scrape reads: the SDK's counters with their tags took a thirtieth of a
/// warm request's time.
/// </summary>
internal sealed class CredentialCounts
{
    private static readonly CredentialSource[] Sources = Enum.GetValues<CredentialSource>();

    // By provider, one number for each source. Requests increment, scrapes read; entries are not removed, since providers are few.
    private readonly ConcurrentDictionary<string, long[]> _counts = new(StringComparer.Ordinal);

    public void Add(string provider, CredentialSource source) => Interlocked.Increment(ref Of(provider)[(int)source]);

    public void Announce(string provider) => Of(provider);

    public IEnumerable<Measurement<long>> Observe()
    {
        foreach (var (provider, counts) in _counts)
        {
            foreach (var source in Sources)
            {
                yield return new(
                    Volatile.Read(ref counts[(int)source]),
                    new KeyValuePair<string, object?>(GatewayTags.Provider, provider), new(GatewayTags.Source, source.ToTagValue()));
            }
        }
    }

    private long[] Of(string provider) => _counts.TryGetValue(provider, out var counts)
        ? counts
        : _counts.GetOrAdd(provider, static _ => new long[Sources.Length]);
}

/// <summary>The closed sets of <c>gateway_store_operations_total</c>; a test holds them against the store's code.</summary>
public static class StoreOperations
{
    public static IReadOnlyList<string> All { get; } =
        [
            "read", "write", "begin", "commit", "deny", "remove", "replace", "lease", "renew", "release", "claim", "list", "tally",
            "index", "sweep", "once", "cache_read", "cache_write", "journal",
        ];

    /// <summary><c>conflict</c> is a lost comparison: another writer was faster, or holds the lease.</summary>
    public static IReadOnlyList<string> Outcomes { get; } = ["success", "conflict", "timeout", "error"];
}
