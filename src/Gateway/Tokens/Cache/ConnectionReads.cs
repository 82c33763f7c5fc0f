using Gateway.Model;

namespace Gateway.Tokens.Cache;

/// <summary>Fills the snapshot from the store: when a request finds nothing, when the store reports a change, and now and then.</summary>
internal sealed partial class ConnectionReads : IDisposable
{
    // What a failover may have lost was written shortly before; the rest waits for a request that needs it.
    private static readonly TimeSpan Recent = TimeSpan.FromMinutes(10);

    private readonly IConnectionStore _store;
    private readonly ConnectionSnapshot _snapshot;
    private readonly DeniedPaths _denied;
    private readonly ILogger<ConnectionReads> _logger;

    // Requests that find nothing share one read: names that don't exist are asked for again and again, but one at a time.
    private readonly SingleFlight<ConnectionId, SnapshotEntry> _flights;
    private readonly IDisposable _subscription;

    public ConnectionReads(IConnectionStore store, ConnectionSnapshot snapshot, DeniedPaths denied, ILogger<ConnectionReads> logger)
    {
        _store = store;
        _snapshot = snapshot;
        _denied = denied;
        _logger = logger;
        _flights = new(flight => LearnAsync(flight.Request));
        _subscription = store.Subscribe(OnChange);
    }

    /// <exception cref="StoreUnavailableException">The store can't answer.</exception>
    public Task<SnapshotEntry> ReadAsync(ConnectionId id, CancellationToken cancellationToken) =>
        _flights.Join(id, id, out _).Landed.WaitAsync(cancellationToken);

    /// <summary>Reads in the background. It joins no read in the air: that one may have asked before the change.</summary>
    public void Reread(ConnectionId id) =>
        ThreadPool.UnsafeQueueUserWorkItem(static it => _ = it.Item1.RereadAsync(it.id), (this, id), preferLocal: false);

    public void Dispose() => _subscription.Dispose();

    private void OnChange(ConnectionChange change)
    {
        if (change.Connection is not { } id)
        {
            _snapshot.MarkAllStale();
            ThreadPool.UnsafeQueueUserWorkItem(static reads => _ = reads.RereadRecentAsync(), this, preferLocal: false);
        }
        else if (_snapshot.Find(id) is { } known)
        {
            Follow(known, change.Generation);
        }
    }

    private void Follow(SnapshotEntry known, long generation)
    {
        if (generation == 0)
        {
            _snapshot.Update(known.Id, null, _snapshot.NextOrder());
        }
        else
        {
            // Also of a lower generation than is known: perhaps the store has lost a write, and the read gives it back.
            Reread(known.Id);
        }
    }

    // One after the other: no caller waits, and a store that has just come back has enough to do.
    private async Task RereadRecentAsync()
    {
        foreach (var id in _snapshot.ChangedWithin(Recent))
        {
            await RereadAsync(id);
        }
    }

    private async Task RereadAsync(ConnectionId id)
    {
        try
        {
            await LearnAsync(id);
        }
        catch (StoreUnavailableException)
        {
            // What is known goes on serving; its next reading is due in a while anyway.
            Log.RereadFailed(_logger, id.Provider, id.Name);
        }
        catch (Exception e)
        {
            Log.RereadCrashed(_logger, id.Provider, id.Name, e);
        }
    }

    private async Task<SnapshotEntry> LearnAsync(ConnectionId id)
    {
        var order = _snapshot.NextOrder();
        var stored = await _store.ReadAsync(id, CancellationToken.None);
        _denied.Follow(_snapshot.Find(id)?.Connection, stored);
        return _snapshot.Update(id, stored, order);
    }

    private static partial class Log
    {
        [LoggerMessage(2000, LogLevel.Debug, "Connection {Provider}/{Connection} could not be read again; what is known goes on serving.")]
        public static partial void RereadFailed(ILogger logger, string provider, string connection);

        [LoggerMessage(2001, LogLevel.Error, "Reading connection {Provider}/{Connection} again failed unexpectedly.")]
        public static partial void RereadCrashed(ILogger logger, string provider, string connection, Exception exception);
    }
}
