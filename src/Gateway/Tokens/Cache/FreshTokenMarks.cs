using System.Collections.Concurrent;

using Gateway.Model;

using Microsoft.Extensions.Caching.Distributed;

namespace Gateway.Tokens.Cache;

/// <summary>
/// Remembers for five minutes that a new token was refused on a route (401 rule 5): a scope may be missing, and another refresh would
/// change nothing. Bound to the generation, so that the next token gets its chance. Shared through the cache; what is lost costs
/// one refresh.
/// </summary>
public sealed partial class FreshTokenMarks(IDistributedCache cache, TimeProvider clock, ILogger<FreshTokenMarks> logger)
{
    private const int Capacity = 10_000;

    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    // A 401 that has to be answered does not wait longer than this for what other instances know.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    private static readonly byte[] Present = [1];

    // Until when each mark holds. Written and read by requests that met a 401; races lose a mark at worst.
    private readonly ConcurrentDictionary<Subject, DateTimeOffset> _marks = new();

    private readonly FreshTokenTrials _trials = new(Lifetime, clock);

    /// <summary>True when this instance knows the mark. Only memory is asked.</summary>
    public bool IsMarked(ConnectionId connection, string routeId, long generation) =>
        _marks.TryGetValue(new(connection, routeId, generation), out var until) && until > clock.GetUtcNow();

    /// <summary>True when any instance set the mark: memory first, then the shared cache, for a quarter of a second at most.</summary>
    public async ValueTask<bool> IsMarkedAsync(
        ConnectionId connection, string routeId, long generation, CancellationToken cancellationToken)
    {
        if (IsMarked(connection, routeId, generation))
        {
            return true;
        }

        var mark = new Subject(connection, routeId, generation);
        if (!await IsSharedAsync(mark, cancellationToken))
        {
            return false;
        }

        Remember(mark);
        return true;
    }

    /// <summary>
    /// A token of this generation was new and was refused on this route. Returns at once; other instances learn it in the background.
    /// </summary>
    public void Mark(ConnectionId connection, string routeId, long generation)
    {
        var mark = new Subject(connection, routeId, generation);
        Remember(mark);
        ThreadPool.UnsafeQueueUserWorkItem(static it => _ = it.Item1.ShareAsync(it.mark), (this, mark), preferLocal: false);
    }

    /// <summary>
    /// A token of this generation was made because this route refused the one before, and the request could not be sent again. Holds like
    /// <see cref="Mark"/>, but <see cref="Passed"/> ends it.
    /// </summary>
    public void MarkUntried(ConnectionId connection, string routeId, long generation)
    {
        _trials.Begin(connection, routeId, generation);
        Mark(connection, routeId, generation);
    }

    /// <summary>This route answered otherwise than with 401. Costs next to nothing while no token is untried.</summary>
    public void Passed(ConnectionId connection, string routeId, long generation)
    {
        if (_trials.Contains(connection, routeId, generation) && _marks.TryRemove(new(connection, routeId, generation), out _))
        {
            var mark = new Subject(connection, routeId, generation);
            ThreadPool.UnsafeQueueUserWorkItem(static it => _ = it.Item1.UnshareAsync(it.mark), (this, mark), preferLocal: false);
        }
    }

    private void Remember(Subject mark)
    {
        if (_marks.Count >= Capacity)
        {
            Shrink();
        }

        _marks[mark] = clock.GetUtcNow() + Lifetime;
    }

    private void Shrink()
    {
        var now = clock.GetUtcNow();
        foreach (var (mark, until) in _marks)
        {
            if (until <= now)
            {
                _marks.TryRemove(mark, out _);
            }
        }

        // So many routes refuse new tokens at once: forgetting all costs each of them one refresh.
        if (_marks.Count >= Capacity)
        {
            _marks.Clear();
        }
    }

    // The cache is somebody else's code behind an interface that names no exceptions; whatever it throws, a mark is a convenience.
    private async Task<bool> IsSharedAsync(Subject mark, CancellationToken cancellationToken)
    {
        try
        {
            return await cache.GetAsync(mark.Key, cancellationToken).WaitAsync(Patience, clock, cancellationToken) is not null;
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            Log.Unshared(logger, mark.Connection.Provider, mark.Connection.Name, e.GetType().Name);
            return false;
        }
    }

    private Task ShareAsync(Subject mark) => TryAsync(
        mark, () => cache.SetAsync(mark.Key, Present, new() { AbsoluteExpirationRelativeToNow = Lifetime }, CancellationToken.None));

    private Task UnshareAsync(Subject mark) => TryAsync(mark, () => cache.RemoveAsync(mark.Key, CancellationToken.None));

    private async Task TryAsync(Subject mark, Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (Exception e)
        {
            Log.Unshared(logger, mark.Connection.Provider, mark.Connection.Name, e.GetType().Name);
        }
    }

    private readonly record struct Subject(ConnectionId Connection, string RouteId, long Generation)
    {
        public string Key => $"fresh-token:{Connection}:{Generation}:{RouteId}";
    }

    private static partial class Log
    {
        [LoggerMessage(2030, LogLevel.Debug, "Marks of refused new tokens of {Provider}/{Connection} are not shared now ({Cause}).")]
        public static partial void Unshared(ILogger logger, string provider, string connection, string cause);
    }
}
