using System.Collections.Concurrent;

namespace Gateway.Demo.Providers;

/// <summary>So many requests in any stretch of <paramref name="window"/>, counted for each key by itself.</summary>
/// <param name="window">Length of the stretch.</param>
/// <param name="time">The clock that the stretch follows.</param>
internal sealed class RollingWindow(TimeSpan window, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Queue<DateTimeOffset>> _taken = new(StringComparer.Ordinal);

    public Verdict Take(string key, int limit)
    {
        var taken = _taken.GetOrAdd(key, _ => new Queue<DateTimeOffset>());

        // Each queue is its own lock: keys do not wait for one another.
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

    /// <param name="Allowed">Within the limit.</param>
    /// <param name="Limit">Requests per window.</param>
    /// <param name="Remaining">Requests left now.</param>
    /// <param name="ResetSeconds">Seconds until one more fits.</param>
    internal readonly record struct Verdict(bool Allowed, int Limit, int Remaining, int ResetSeconds);
}
