using System.Diagnostics.CodeAnalysis;

using Gateway.Model;

namespace Gateway.Tokens.Cache;

/// <summary>
/// Credentials from memory: synchronous, without a lock, and free of allocation when warm. The store is read when a request finds nothing,
/// when the store reports a change, and now and then in the background.
/// </summary>
internal sealed partial class CredentialCache : IDisposable
{
    // What a failover may have lost was written shortly before; the rest waits for a request that needs it.
    private static readonly TimeSpan Recent = TimeSpan.FromMinutes(10);

    private readonly IConnectionStore _store;
    private readonly ConnectionSnapshot _snapshot;
    private readonly DeniedPaths _denied;
    private readonly TimeProvider _clock;
    private readonly ILogger<CredentialCache> _logger;

    // Requests that find nothing share one read: names that don't exist are asked for again and again, but one at a time.
    private readonly SingleFlight<ConnectionId, SnapshotEntry> _flights;
    private readonly IDisposable _subscription;

    public CredentialCache(
        IConnectionStore store, ConnectionSnapshot snapshot, DeniedPaths denied, TimeProvider clock, ILogger<CredentialCache> logger)
    {
        (_store, _snapshot, _denied, _clock, _logger) = (store, snapshot, denied, clock, logger);
        _flights = new(flight => LearnAsync(flight.Request));
        _subscription = store.Subscribe(OnChange);
    }

    /// <summary>What the snapshot knows of a connection; null when nothing, or that it is not stored.</summary>
    public SnapshotEntry? Find(ConnectionId id) => _snapshot.Find(id) is { Connection: not null } entry ? entry : null;

    /// <summary>True when this process could serve some connection without its store.</summary>
    public bool Any() => _snapshot.HoldsUsable(_clock.GetUtcNow());

    /// <summary>The stored connection, read now by one of all callers that ask for it.</summary>
    /// <exception cref="StoreUnavailableException">The store can't answer.</exception>
    public Task<SnapshotEntry> ReadAsync(ConnectionId id, CancellationToken cancellationToken) =>
        _flights.Join(id, id, out _).Landed.WaitAsync(cancellationToken);

    /// <param name="isRenewalDue">True for the one caller that is to start the renewal in the background.</param>
    public bool TryServe(Provider provider, SnapshotEntry entry, [NotNullWhen(true)] out Credential? credential, out bool isRenewalDue)
    {
        var now = _clock.GetUtcNow();
        if (entry.TryClaimReread(now))
        {
            Reread(entry.Id);
        }

        (credential, isRenewalDue) = (null, false);
        if (entry.Connection is null)
        {
            return false;
        }

        var rendering = entry.For(provider);
        if (!rendering.TryServe(now, out credential))
        {
            return false;
        }

        isRenewalDue = rendering.TryClaimRenewal(now);
        return true;
    }

    /// <summary>The credential of a refresh; null when the connection lacks a field.</summary>
    public Credential? Render(Provider provider, Connection refreshed)
    {
        // Rendered once for a thousand waiters, unless the snapshot has moved on already. Expiry is not looked at: a token that its
        // provider calls expired at birth serves those who waited for it.
        var known = Find(refreshed.Id);
        return known?.Generation == refreshed.Generation && known.Connection?.Token == refreshed.Token
            ? known.For(provider).Credential
            : new Rendering(provider, refreshed).Credential;
    }

    public void Dispose() => _subscription.Dispose();

    // Joins no read in the air: that one may have asked before the change.
    private void Reread(ConnectionId id) =>
        ThreadPool.UnsafeQueueUserWorkItem(static it => _ = it.Item1.RereadAsync(it.id), (this, id), preferLocal: false);

    private void OnChange(ConnectionChange change)
    {
        if (change.Connection is not { } id)
        {
            _snapshot.MarkAllStale();
            ThreadPool.UnsafeQueueUserWorkItem(static cache => _ = cache.RereadRecentAsync(), this, preferLocal: false);
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
