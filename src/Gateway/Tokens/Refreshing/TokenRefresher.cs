using System.Diagnostics;

using Gateway.Model;
using Gateway.Observability;
using Gateway.Tokens.Cache;
using Gateway.Tokens.Circuit;
using Gateway.Tokens.TokenEndpoint;

namespace Gateway.Tokens.Refreshing;

/// <summary>
/// Refreshes, one at a time per connection in this process: measured, traced, logged, and taken into the snapshot. While the circuit of the
/// provider is open, a refresh ends without a call, except for one probe at a time on all instances, once the backoff is over.
/// </summary>
internal sealed partial class TokenRefresher
{
    // A probe waits for its connection's lease and then for the token endpoint.
    private static readonly TimeSpan ProbeMargin = TimeSpan.FromSeconds(30);

    private readonly RefreshTransaction _transaction;
    private readonly InterimRefresh _interim;
    private readonly ProviderCircuits _circuits;
    private readonly IConnectionStore _store;
    private readonly ConnectionSnapshot _snapshot;
    private readonly DeniedPaths _denied;
    private readonly TimeProvider _clock;
    private readonly GatewayMetrics _metrics;
    private readonly ILogger<TokenRefresher> _logger;
    private readonly SingleFlight<RefreshRequest, RefreshResult> _flights;

    public TokenRefresher(
        RefreshTransaction transaction,
        InterimRefresh interim,
        ProviderCircuits circuits,
        IConnectionStore store,
        ConnectionSnapshot snapshot,
        DeniedPaths denied,
        TimeProvider clock,
        GatewayMetrics metrics,
        ILogger<TokenRefresher> logger)
    {
        (_transaction, _interim, _circuits, _store) = (transaction, interim, circuits, store);
        (_snapshot, _denied, _clock, _metrics, _logger) = (snapshot, denied, clock, metrics, logger);
        _flights = new(RunAsync);
    }

    /// <summary>True when a refresh ended by a defect, so that its intent may be open.</summary>
    public bool HasCrashed { get; private set; }

    public IEnumerable<Task> InFlight => _flights.InFlight;

    /// <summary>For the background; a refresh in the air already is enough.</summary>
    public Task RefreshInBackground(RefreshRequest request) => _flights.Join(request.Connection, request, out _).Landed;

    /// <summary>The result of this refresh, or of one in the air that does as well.</summary>
    public async Task<RefreshResult> RefreshAsync(RefreshRequest request, CancellationToken cancellationToken)
    {
        request = request with { Parent = Activity.Current?.Context ?? default };
        while (true)
        {
            var flight = _flights.Join(request.Connection, request, out var started);
            var result = await flight.Landed.WaitAsync(cancellationToken);
            RefreshTraces.Link(flight.Span, isParent: started);

            // 401 rule 5 bounds a path, or refreshes that 401s cause; it says nothing about requests of other paths, or of no 401.
            var isBounded = result.IsPassedThrough && (request.Path is null || (result.IsDenied && flight.Request.Path != request.Path));
            if (started || (flight.Request.Covers(request) && !isBounded) || result.Connection?.TokenGeneration > request.Generation)
            {
                return result;
            }
        }
    }

    private async Task<RefreshResult> RunAsync(Flight<RefreshRequest, RefreshResult> flight)
    {
        var request = flight.Request;
        using var span = RefreshTraces.Start(request);
        using var trace = RefreshTraces.Follow(request, span);
        var since = _clock.GetTimestamp();

        // Taken before the store is asked: a removal meanwhile counts as newer.
        var order = _snapshot.NextOrder();
        var result = await TransactAsync(request);
        flight.Span = RefreshTraces.Origin(span, result);
        if (result.Connection is not null || result.IsGone)
        {
            _denied.Follow(_snapshot.Find(request.Connection)?.Connection, result.Connection);
            _snapshot.Update(request.Connection, result.Connection, order);
        }

        if (!result.IsPassedThrough)
        {
            Report(request, result, _clock.GetElapsedTime(since), span);
        }

        return result;
    }

    private async Task<RefreshResult> TransactAsync(RefreshRequest request)
    {
        try
        {
            var circuit = _circuits.Find(request.Provider.Name, request.Provider.OAuth!);
            request = request.With(circuit);
            var result = request.Alarm is { } open ? await RunOpenAsync(request, open, circuit) : await _transaction.RunAsync(request);
            return result.IsStoreAway ? await _interim.TryRunAsync(request.With(circuit)) ?? result : result;
        }
        catch (Exception e)
        {
            HasCrashed = true;
            Log.Crashed(_logger, request.Connection.Provider, request.Connection.Name, e);
            throw;
        }
    }

    private async Task<RefreshResult> RunOpenAsync(RefreshRequest request, OpenCircuit open, ProviderCircuit circuit)
    {
        if (!MayProbe(request, open) || await TryLeaseProbeAsync(request) is not { } probe)
        {
            return await _transaction.RunAsync(request);
        }

        try
        {
            // Another instance may have sent a probe since this one looked.
            await _circuits.LookUpAsync(circuit);
            request = request.With(circuit);
            var maySend = request.Alarm is { } still && MayProbe(request, still);
            return await _transaction.RunAsync(maySend ? request with { Alarm = null } : request);
        }
        finally
        {
            // No caller waits for it.
            _ = ReleaseAsync(probe);
        }
    }

    private bool MayProbe(RefreshRequest request, OpenCircuit open) => open.RetryAtFor(request.Connection.Name) <= _clock.GetUtcNow();

    // Not the lease of a connection: no provider has an empty name.
    private async Task<Lease?> TryLeaseProbeAsync(RefreshRequest request)
    {
        try
        {
            return await _store.TryLeaseAsync(
                new ConnectionId("", request.Provider.Name), request.Provider.OAuth!.TokenTimeout + ProbeMargin, CancellationToken.None);
        }
        catch (StoreUnavailableException)
        {
            return null;
        }
    }

    private async Task ReleaseAsync(Lease probe)
    {
        try
        {
            await _store.ReleaseAsync(probe, CancellationToken.None);
        }
        catch (StoreUnavailableException)
        {
            // The lease ends by itself.
        }
    }

    private void Report(RefreshRequest request, RefreshResult result, TimeSpan duration, Activity? span)
    {
        _metrics.Refreshed(request.Provider.Name, request.Trigger, result.Outcome, duration);
        span?.SetTag(GatewayTags.Provider, request.Provider.Name);
        span?.SetTag(GatewayTags.Trigger, request.Trigger.ToTagValue());
        span?.SetTag(GatewayTags.Outcome, result.Outcome.ToTagValue());
        var (provider, name) = request.Connection;
        if (result.Failure is null)
        {
            Log.Renewed(_logger, provider, name, result.Connection!.Generation, result.Outcome, request.Trigger);
        }
        else
        {
            span?.SetStatus(ActivityStatusCode.Error, result.Reason);
            if (TokenFailureTable.RefusesClient(result.Reason))
            {
                // ProviderCircuits logs it, once for all connections while the circuit is open.
                Log.ClientRefused(_logger, provider, name, result.Reason, request.Trigger);
            }
            else
            {
                Log.Failed(_logger, provider, name, result.Outcome, result.Reason, request.Trigger);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2020, LogLevel.Information,
            "Connection {Provider}/{Connection} has generation {Generation} ({Outcome}, triggered by {Trigger}).")]
        public static partial void Renewed(
            ILogger logger, string provider, string connection, long generation, RefreshOutcome outcome, RefreshTrigger trigger);

        [LoggerMessage(2021, LogLevel.Warning,
            "Connection {Provider}/{Connection} could not be refreshed: {Outcome}, {Reason} (triggered by {Trigger}).")]
        public static partial void Failed(
            ILogger logger, string provider, string connection, RefreshOutcome outcome, string reason, RefreshTrigger trigger);

        [LoggerMessage(2022, LogLevel.Error, "The refresh of connection {Provider}/{Connection} failed unexpectedly.")]
        public static partial void Crashed(ILogger logger, string provider, string connection, Exception exception);

        [LoggerMessage(2023, LogLevel.Debug,
            "Connection {Provider}/{Connection} was not refreshed: the provider refuses the gateway's client, {Reason} (triggered by " +
            "{Trigger}).")]
        public static partial void ClientRefused(ILogger logger, string provider, string connection, string reason, RefreshTrigger trigger);
    }
}

/// <summary>
/// Leads requests that waited for a refresh to its span, also when another instance made it: the record says which it was.
/// </summary>
internal static class RefreshTraces
{
    /// <summary>Of the refresh under way, to be stored with what it makes; null when it is not recorded.</summary>
    public static string? Current => Activity.Current is { Recorded: true } span ? span.Id : null;

    /// <summary>The root or the child of a request's span that stands for a refresh; null when it is not sampled.</summary>
    public static Activity? Start(RefreshRequest request) =>
        GatewayActivities.Source.StartActivity(GatewayActivities.Refresh, ActivityKind.Internal, request.Parent);

    /// <summary>
    /// Has the lines of a refresh that is not recorded carry the trace of the request that started it; null when nothing has to be done for
    /// that.
    /// </summary>
    public static IDisposable? Follow(RefreshRequest request, Activity? span) =>
        span is null && request.Parent != default ? RequestTrace.Follow(request.Parent) : null;

    /// <summary>The span to link to: that of the refresh which did the work.</summary>
    /// <param name="result">How it ended. Adopted means that the work was another's, whose span it links to then.</param>
    public static ActivityContext Origin(Activity? span, RefreshResult result)
    {
        if (result.Outcome != RefreshOutcome.Adopted
            || !ActivityContext.TryParse(result.Connection?.RefreshTrace, null, isRemote: true, out var elsewhere))
        {
            return span?.Context ?? default;
        }

        span?.AddLink(new(elsewhere));
        return elsewhere;
    }

    /// <summary>Points the current request to the refresh that it waited for; one that it started is its child already.</summary>
    /// <param name="origin">From <see cref="Origin"/>; default when there is none.</param>
    /// <param name="isParent">True for the request that started the work here.</param>
    public static void Link(ActivityContext origin, bool isParent)
    {
        if (origin != default && (!isParent || origin.IsRemote))
        {
            Activity.Current?.AddLink(new(origin));
        }
    }
}
