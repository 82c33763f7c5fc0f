using System.Diagnostics.Metrics;

using Gateway.Credentials;

namespace Gateway.Observability;

/// <summary>The one meter: a verb per event. Labels come from configuration and from closed sets, never from a request.</summary>
public sealed class GatewayMetrics
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Gateway";

    private readonly Meter _meter;
    private readonly CredentialCounts _credentials = new();
    private readonly Counter<long> _refreshes;
    private readonly Histogram<double> _refreshDuration;
    private readonly Counter<long> _unauthorized;
    private readonly Counter<long> _errors;
    private readonly Counter<long> _storeOperations;
    private readonly Counter<long> _configReloads;
    private readonly UpDownCounter<long> _unsavedGrants;

    public GatewayMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        var meter = _meter;
        meter.CreateObservableCounter("gateway.credentials", _credentials.Observe, null, "Credentials handed to requests, by where they came from.");
        _refreshes = meter.CreateCounter<long>("gateway.token.refreshes", null, "Refreshes that ended, by what triggered them and how they ended.");
        _refreshDuration = meter.CreateHistogram<double>("gateway.token.refresh.duration", "s", "Time of a refresh, from lease to stored result.");
        _unauthorized = meter.CreateCounter<long>("gateway.upstream.unauthorized", null, "401 answers of third parties, by what was made of them.");
        _errors = meter.CreateCounter<long>("gateway.errors", null, "Answers that the gateway made itself, by code.");
        _storeOperations = meter.CreateCounter<long>("gateway.store.operations", null, "Store operations, by outcome.");
        _configReloads = meter.CreateCounter<long>("gateway.config.reloads", null, "Configuration reloads, by outcome.");
        _unsavedGrants = meter.CreateUpDownCounter<long>("gateway.unsaved.grants", null, "Refreshed grants that the store has not taken yet.");
    }

    /// <summary>Makes every series of a provider appear at 0: a rate needs a first value. Repeating it changes nothing.</summary>
    public void Announce(string provider)
    {
        _credentials.Announce(provider);
        foreach (var trigger in Enum.GetValues<RefreshTrigger>())
        {
            foreach (var outcome in Enum.GetValues<RefreshOutcome>())
            {
                _refreshes.Add(
                    0, new(GatewayTags.Provider, provider), new(GatewayTags.Trigger, GatewayTags.Word(trigger)), new(GatewayTags.Outcome, GatewayTags.Word(outcome)));
            }
        }

        foreach (var action in Enum.GetValues<ReplayAction>())
        {
            _unauthorized.Add(0, new(GatewayTags.Provider, provider), new(GatewayTags.Action, GatewayTags.Word(action)));
        }

        foreach (var error in Enum.GetValues<GatewayError>())
        {
            _errors.Add(0, new(GatewayTags.Provider, provider), new(GatewayTags.Code, error.ToCode()));
        }
    }

    /// <summary>As <see cref="Announce(string)"/>, for the series that belong to no provider.</summary>
    public void Announce()
    {
        _errors.Add(0, new(GatewayTags.Provider, ""), new(GatewayTags.Code, GatewayError.RouteNotFound.ToCode()));
        _configReloads.Add(0, new KeyValuePair<string, object?>(GatewayTags.Outcome, "applied"));
        _configReloads.Add(0, new KeyValuePair<string, object?>(GatewayTags.Outcome, "refused"));
        _unsavedGrants.Add(0);
    }

    /// <summary>Gauges over the last count; both functions are called by scrapes and must return at once.</summary>
    /// <param name="counts">Connections by provider and status.</param>
    /// <param name="expiries">The earliest expiry of each provider, in seconds since 1970.</param>
    public void ObserveConnections(Func<IEnumerable<Measurement<long>>> counts, Func<IEnumerable<Measurement<double>>> expiries)
    {
        _meter.CreateObservableGauge("gateway.connections", counts, null, "Connections, by status.");
        _meter.CreateObservableGauge("gateway.token.expiry.timestamp", expiries, "s", "When the first token expires, in seconds since 1970.");
    }

    /// <summary>Stored connections by key: <c>active</c>, <c>old</c>, <c>unknown</c>; called by scrapes and must return at once.</summary>
    public void ObserveStoreRecords(Func<IEnumerable<Measurement<long>>> counts) =>
        _meter.CreateObservableGauge("gateway.store.records", counts, null, "Stored connections, by the key that seals them.");

    public void CredentialServed(string provider, CredentialSource source) => _credentials.Add(provider, source);

    public void Refreshed(string provider, RefreshTrigger trigger, RefreshOutcome outcome, TimeSpan duration)
    {
        _refreshes.Add(
            1, new(GatewayTags.Provider, provider), new(GatewayTags.Trigger, GatewayTags.Word(trigger)), new(GatewayTags.Outcome, GatewayTags.Word(outcome)));
        _refreshDuration.Record(
            duration.TotalSeconds, new(GatewayTags.Provider, provider), new(GatewayTags.Outcome, GatewayTags.Word(outcome)));
    }

    public void UpstreamUnauthorized(string provider, ReplayAction action) =>
        _unauthorized.Add(1, new(GatewayTags.Provider, provider), new(GatewayTags.Action, GatewayTags.Word(action)));

    /// <param name="provider">Empty when the request reached no route.</param>
    /// <param name="error">What was answered.</param>
    public void Refused(string provider, GatewayError error) =>
        _errors.Add(1, new(GatewayTags.Provider, provider), new(GatewayTags.Code, error.ToCode()));

    /// <param name="operation">A word of the store's own closed set.</param>
    /// <param name="outcome"><c>success</c>, <c>conflict</c>, <c>timeout</c> or <c>error</c>.</param>
    public void StoreOperation(string operation, string outcome) =>
        _storeOperations.Add(1, new(GatewayTags.Operation, operation), new(GatewayTags.Outcome, outcome));

    /// <param name="applied">False when the new configuration was refused and the last good one stays.</param>
    public void ConfigurationReloaded(bool applied) =>
        _configReloads.Add(1, new KeyValuePair<string, object?>(GatewayTags.Outcome, applied ? "applied" : "refused"));

    /// <param name="delta">+1 when a rotated grant waits for the store, -1 when the store has it.</param>
    public void UnsavedGrants(int delta) => _unsavedGrants.Add(delta);
}
