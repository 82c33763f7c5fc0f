using System.Collections.Concurrent;

using Gateway.Model;

namespace Gateway.Testing;

/// <summary>The journal in memory. Passed to a second instance, it acts as the folder that the first one left.</summary>
internal sealed class InMemoryGrantJournal : IGrantJournal
{
    private readonly ConcurrentDictionary<string, PendingWrite> _kept = new();
    private readonly ConcurrentDictionary<string, bool> _synced = new();

    public IReadOnlyCollection<PendingWrite> Kept => [.. _kept.Values];

    public int Synced => _synced.Count;

    /// <summary>While true, no entry is added.</summary>
    public bool IsFull { get; set; }

    /// <summary>While true, entries cannot be read, as with a missing key.</summary>
    public bool IsUnreadable { get; set; }

    public void Keep(PendingWrite write)
    {
        if (!IsFull)
        {
            _kept[write.Owner.Value] = write;
        }
    }

    public bool Sync(PendingWrite write)
    {
        if (!IsFull)
        {
            _kept[write.Owner.Value] = write;
            _synced[write.Owner.Value] = true;
        }

        return !IsFull;
    }

    public void Drop(PendingWrite write) => _kept.TryRemove(write.Owner.Value, out _);

    public bool TryRead(string? instance, out IReadOnlyList<PendingWrite> writes)
    {
        writes = IsUnreadable
            ? []
            : [.. _kept.Values.Where(write => instance is null || write.Owner.Instance == instance)
                .OrderBy(static write => write.Next.Fence)];
        return !IsUnreadable;
    }
}
