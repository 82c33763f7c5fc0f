using Gateway.Model;
using Gateway.Tokens.Refreshing;

namespace Gateway.Tokens.Cache;

/// <summary>What this process last learned about one connection.</summary>
/// <param name="connection">Null when nothing was stored: kept so that an older read can't bring a removed connection back.</param>
/// <param name="order">When the knowledge was asked for, as a number that grows through the process.</param>
/// <param name="learnedAt">When the knowledge was asked for, as time.</param>
internal sealed class SnapshotEntry(ConnectionId id, Connection? connection, long order, DateTimeOffset learnedAt)
{
    private static readonly TimeSpan RereadAfter = TimeSpan.FromSeconds(15);

    // Replaced by whichever request first comes with another configuration; requests of both may alternate during a reload, and
    // each gets what fits its own.
    private volatile Rendering? _rendering;

    // The second chance before eviction: set by requests, taken back by the eviction. A lost update costs a read of the store.
    private volatile bool _used;

    // Ticks; moved on by the one request that claims the next read.
    private long _rereadAt = (learnedAt + RereadAfter).UtcTicks;

    public ConnectionId Id => id;

    public Connection? Connection => connection;

    public long Generation => connection?.Generation ?? 0;

    public long TokenGeneration => connection?.TokenGeneration ?? 0;

    public long Order => order;

    public DateTimeOffset LearnedAt => learnedAt;

    /// <summary>The connection rendered for a provider; call only when there is one.</summary>
    public Rendering For(Provider provider)
    {
        MarkUsed();
        return _rendering is { } rendering && ReferenceEquals(rendering.Provider, provider)
            ? rendering
            : _rendering = new Rendering(provider, connection!);
    }

    public bool IsRereadDue(DateTimeOffset now) => now.UtcTicks >= Volatile.Read(ref _rereadAt);

    /// <summary>True for one caller per interval.</summary>
    public bool TryClaimReread(DateTimeOffset now) => Claim.TryTake(ref _rereadAt, now, RereadAfter);

    /// <summary>Word of a change may have been missed: the next request has it read again, and is served meanwhile.</summary>
    public void MarkStale() => Volatile.Write(ref _rereadAt, 0);

    /// <summary>True when no request came by since the last call.</summary>
    public bool ClearUsed()
    {
        var used = _used;
        _used = false;
        return !used;
    }

    private void MarkUsed()
    {
        // Written only when it changes, so that warm requests share the cache line.
        if (!_used)
        {
            _used = true;
        }
    }
}
