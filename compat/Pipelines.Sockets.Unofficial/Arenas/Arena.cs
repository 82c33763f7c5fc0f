namespace Pipelines.Sockets.Unofficial.Arenas;

/// <summary>
/// The parsed replies of one connection. What <see cref="Allocate"/> gives stays where it is until <see cref="Reset"/>: the client
/// holds the span of an outer reply while it allocates the inner ones, and parses a reply again from its start when more bytes are there.
/// </summary>
/// <remarks>One thread allocates and resets; only <see cref="Dispose"/> may come from another, in the middle of a reply.</remarks>
public sealed class Arena<T> : IDisposable
{
    // 3 MB of the client's 48-byte elements for a connection's life; a block for a larger reply lives as long as that reply.
    private const int MostKept = 64 * 1024;

    // The number comes straight from the peer. Beyond it the connection fails, instead of the process.
    private const int MostAllocated = 16 * 1024 * 1024;

    private T[] block = [];
    private int used;

    public Arena(ArenaOptions? options = null, Allocator<T>? allocator = null)
    {
    }

    public Sequence<T> Allocate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (length > MostAllocated)
        {
            throw new InvalidOperationException($"A reply of {length} elements is beyond what a connection may hold.");
        }

        var current = block;
        if (length > current.Length - used)
        {
            // The earlier block stays alive by the sequences that point into it.
            block = current = new T[Math.Max(length, Math.Min(MostKept, Math.Max(64, 2 * current.Length)))];
            used = 0;
        }

        var sequence = new Sequence<T>(current, used, length);
        used += length;
        return sequence;
    }

    /// <summary>Takes everything back. Elements are default again when handed out next, and hold on to no received bytes until then.</summary>
    public void Reset()
    {
        var current = block;
        if (current.Length > MostKept)
        {
            // Dropped unread: clearing would touch memory that a lying header never filled.
            block = [];
        }
        else
        {
            Array.Clear(current, 0, Math.Min(used, current.Length));
        }

        used = 0;
    }

    /// <summary>Drops the block without clearing: a reply that is being handed over on another thread keeps its values.</summary>
    public void Dispose() => block = [];
}
