using System.Collections.Concurrent;

namespace Gateway.Demo.Providers;

/// <summary>A rate limit over a rolling <paramref name="window"/>, counted separately for each key.</summary>
/// <param name="window">Length of the window.</param>
/// <param name="time">The clock that the window follows.</param>
internal sealed class RollingWindow(TimeSpan window, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Queue<DateTimeOffset>> _taken = new(StringComparer.Ordinal);

    public Verdict Take(string key, int limit)
    {
        var taken = _taken.GetOrAdd(key, _ => new Queue<DateTimeOffset>());

        // One lock for each queue, so that keys do not block each other.
        lock (taken)
        {
            return Take(taken, limit);
        }
    }

    private Verdict Take(Queue<DateTimeOffset> taken, int limit)
    {
        var now = time.GetUtcNow();
        while (taken.TryPeek(out var oldest) && oldest <= now - window)
        {
            taken.Dequeue();
        }

        var allowed = taken.Count < limit;
        if (allowed)
        {
            taken.Enqueue(now);
        }

        var reset = taken.TryPeek(out var first) ? first + window - now : TimeSpan.Zero;
        return new Verdict(allowed, limit, limit - taken.Count, (int)Math.Ceiling(reset.TotalSeconds));
    }

    /// <param name="Allowed">Whether the request is within the limit.</param>
    /// <param name="Limit">Requests per window.</param>
    /// <param name="Remaining">Requests that are still allowed now.</param>
    /// <param name="ResetSeconds">Seconds until one more request is allowed, rounded up.</param>
    internal readonly record struct Verdict(bool Allowed, int Limit, int Remaining, int ResetSeconds);
}
