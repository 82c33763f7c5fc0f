using System.Buffers;

namespace Gateway.Proxy.Replay;

/// <summary>The process-wide cap on request bodies kept for a replay, and the pooled memory they are kept in.</summary>
/// <param name="limit">Bytes; counted by the segments handed out, not by what is written into them.</param>
public sealed class ReplayMemory(long limit)
{
    public const long DefaultLimit = 64L * 1024 * 1024;

    private const int SmallestSegment = 1024;
    private const int LargestSegment = 16 * 1024;

    // Added to and taken from by any request; a rent that would pass the limit gives back at once.
    private long _used;

    /// <summary>Bytes handed out now.</summary>
    public long Used => Volatile.Read(ref _used);

    /// <param name="wanted">A hint; the segment may be shorter.</param>
    /// <returns>Null when the cap is reached.</returns>
    public byte[]? TryRent(int wanted)
    {
        var segment = ArrayPool<byte>.Shared.Rent(Math.Clamp(wanted, SmallestSegment, LargestSegment));
        if (Interlocked.Add(ref _used, segment.Length) <= limit)
        {
            return segment;
        }

        Return(segment);
        return null;
    }

    public void Return(byte[] segment)
    {
        Interlocked.Add(ref _used, -segment.Length);
        ArrayPool<byte>.Shared.Return(segment);
    }
}
