using System.Collections.Concurrent;

using Gateway.Model;

namespace Gateway.Tokens.Cache;

/// <summary>
/// What this process knows of methods and paths that new tokens do not help (401 rule 5). The store decides for all instances; this spares
/// the question, and notices at once when a path is answered otherwise.
/// </summary>
internal sealed partial class DeniedPaths(IConnectionStore store, TimeProvider clock, ILogger<DeniedPaths> logger)
{
    // By connections that met such a 401 lately. Written by requests that met a 401, read by those that did not; a lost update costs one
    // refresh.
    private readonly ConcurrentDictionary<ConnectionId, Paths> _connections = new();

    // Ticks after which nothing here counts any more; 0 while there is nothing, so that a warm request looks no further.
    private long _until;

    // Ticks of the next sweep.
    private long _sweepAt;

    /// <summary>True while this process knows that the path is denied. Only memory is asked.</summary>
    public bool IsDenied(ConnectionId id, string path) =>
        _connections.TryGetValue(id, out var paths) && paths.IsDenied(path, clock.GetUtcNow());

    /// <summary>A new token was refused on this path, too. Returns at once; the store is told in the background.</summary>
    public void Deny(ConnectionId id, string path)
    {
        Remember(id, path, isDenied: true, RejectionLimits.Lifetime);
        InBackground(id, () => store.DenyPathAsync(id, path, CancellationToken.None));
    }

    /// <summary>The store said so.</summary>
    public void Learn(ConnectionId id, string path, TimeSpan time) => Remember(id, path, isDenied: true, time);

    /// <summary>This path's 401 caused a refresh: whether the new token helps, its next answer will tell.</summary>
    public void Watch(ConnectionId id, string path) => Remember(id, path, isDenied: false, RejectionLimits.Lifetime);

    /// <summary>
    /// A connection was read or renewed. When a 401 brought its token, every instance that has it watches the path: the caller's own retry may
    /// come to any of them, and its success must be known before that token is refused in turn.
    /// </summary>
    /// <param name="known">What the snapshot holds; null when nothing.</param>
    /// <param name="latest">What takes its place; null when nothing is stored.</param>
    public void Follow(Connection? known, Connection? latest)
    {
        if (latest is { RefreshPath: { } path } && latest.TokenGeneration != known?.TokenGeneration
            && latest.RefreshedAt > clock.GetUtcNow() - RejectionLimits.Lifetime)
        {
            Watch(latest.Id, path);
        }
    }

    /// <summary>True when something is known of some path of this connection. One volatile read while nothing is known at all.</summary>
    public bool KnowsOf(ConnectionId id)
    {
        var until = Volatile.Read(ref _until);
        if (until == 0)
        {
            return false;
        }

        if (clock.GetUtcNow().UtcTicks < until)
        {
            return _connections.ContainsKey(id);
        }

        // What is entered at this very moment may be lost: it costs one refresh.
        if (Interlocked.CompareExchange(ref _until, 0, until) == until)
        {
            _connections.Clear();
        }

        return false;
    }

    /// <summary>
    /// The path was answered otherwise than with 401: whatever was held against it is over, and a refresh that it caused has helped.
    /// </summary>
    public void Allow(ConnectionId id, string path)
    {
        if (_connections.TryGetValue(id, out var paths) && paths.TryRemove(path))
        {
            if (paths.IsOver(clock.GetUtcNow()))
            {
                _connections.TryRemove(new(id, paths));
            }

            InBackground(id, () => store.AllowPathAsync(id, path, CancellationToken.None));
        }
    }

    /// <summary>Debits the bucket of this process, which counts while the store is out of reach.</summary>
    public bool TryDebit(ConnectionId id)
    {
        var debited = _connections.GetOrAdd(id, static _ => new Paths()).TryDebit(clock.GetUtcNow());
        Extend(RejectionLimits.Lifetime);
        return debited;
    }

    private void Remember(ConnectionId id, string path, bool isDenied, TimeSpan time)
    {
        _connections.GetOrAdd(id, static _ => new Paths()).Remember(path, isDenied, clock.GetUtcNow(), clock.GetUtcNow() + time);
        Extend(time);
    }

    private void Extend(TimeSpan time)
    {
        var now = clock.GetUtcNow();
        var until = (now + time).UtcTicks;
        if (until > Volatile.Read(ref _until))
        {
            Volatile.Write(ref _until, until);
        }

        // Connections that meet such a 401 now keep no others in memory.
        if (Claim.TryTake(ref _sweepAt, now, RejectionLimits.Lifetime))
        {
            foreach (var connection in _connections.Where(pair => pair.Value.IsOver(now)))
            {
                _connections.TryRemove(connection);
            }
        }
    }

    // Started on this thread, so that it is on its way before the caller has its answer.
    private void InBackground(ConnectionId id, Func<ValueTask> call) => _ = TryAsync(id, call);

    private async Task TryAsync(ConnectionId id, Func<ValueTask> call)
    {
        try
        {
            await call();
        }
        catch (StoreUnavailableException)
        {
            Log.Unshared(logger, id.Provider, id.Name);
        }
    }

    // Of one connection, guarded by itself: requests that met a 401, or that were answered after one.
    private sealed class Paths
    {
        private readonly Dictionary<string, (bool IsDenied, DateTimeOffset Until)> _paths = new(StringComparer.Ordinal);
        private double _tokens = RejectionLimits.Burst;
        private DateTimeOffset _at;

        /// <summary>True when no path counts any more and the bucket is full.</summary>
        public bool IsOver(DateTimeOffset now)
        {
            lock (_paths)
            {
                return now - _at >= RejectionLimits.Refill * RejectionLimits.Burst && _paths.Values.All(entry => entry.Until <= now);
            }
        }

        public bool IsDenied(string path, DateTimeOffset now)
        {
            lock (_paths)
            {
                return _paths.TryGetValue(path, out var entry) && entry.IsDenied && entry.Until > now;
            }
        }

        public void Remember(string path, bool isDenied, DateTimeOffset now, DateTimeOffset until)
        {
            lock (_paths)
            {
                // A denial that is in force stands.
                if (!isDenied && _paths.TryGetValue(path, out var entry) && entry.IsDenied && entry.Until > now)
                {
                    return;
                }

                if (_paths.Count >= RejectionLimits.MaxPaths && !_paths.ContainsKey(path))
                {
                    _paths.Remove(_paths.MinBy(static pair => pair.Value.Until).Key);
                }

                _paths[path] = (isDenied, until);
            }
        }

        public bool TryRemove(string path)
        {
            lock (_paths)
            {
                return _paths.Remove(path);
            }
        }

        public bool TryDebit(DateTimeOffset now)
        {
            lock (_paths)
            {
                _tokens = Math.Min(RejectionLimits.Burst, _tokens + ((now - _at) / RejectionLimits.Refill));
                _at = now;
                if (_tokens < 1)
                {
                    return false;
                }

                _tokens--;
                return true;
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2030, LogLevel.Debug,
            "Connection {Provider}/{Connection}: what new tokens do not help is not shared with other instances now.")]
        public static partial void Unshared(ILogger logger, string provider, string connection);
    }
}
