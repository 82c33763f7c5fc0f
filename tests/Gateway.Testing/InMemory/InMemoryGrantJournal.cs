using System.Collections.Concurrent;

using Gateway.Model;

namespace Gateway.Testing;

/// <summary>The journal in memory: handed to a second instance, it plays the part of the folder that outlives the first.</summary>
internal sealed class InMemoryGrantJournal : IGrantJournal
{
    private readonly ConcurrentDictionary<string, AttemptEnd> _kept = new();
    private readonly ConcurrentDictionary<string, bool> _synced = new();

    public IReadOnlyCollection<AttemptEnd> Kept => [.. _kept.Values];

    public int Synced => _synced.Count;

    /// <summary>While true, nothing more is kept.</summary>
    public bool IsFull { get; set; }

    public void Keep(AttemptEnd end)
    {
        if (end.Intent is { } intent && !IsFull)
        {
            _kept[intent.Attempt] = end;
        }
    }

    public bool Sync(AttemptEnd end)
    {
        if (end.Intent is { } intent && !IsFull)
        {
            _kept[intent.Attempt] = end;
            _synced[intent.Attempt] = true;
        }

        return !IsFull;
    }

    public void Drop(AttemptEnd end)
    {
        if (end.Intent is { } intent)
        {
            _kept.TryRemove(intent.Attempt, out _);
        }
    }

    public IReadOnlyList<AttemptEnd> Read() => [.. _kept.Values.OrderBy(static end => end.Next.Fence)];
}
