using System.Buffers;

namespace Gateway.Proxy.Replay;

/// <summary>Pooled memory for request bodies that are kept for a replay, under a process-wide cap.</summary>
/// <param name="limit">In bytes; counts the segments that are rented, not what is written into them.</param>
public sealed class ReplayMemory(long limit)
{
    public const long DefaultLimit = 64L * 1024 * 1024;

    private const int SmallestSegment = 1024;
    private const int LargestSegment = 16 * 1024;

    // Added to and subtracted from by any request; a rent that passes the limit is returned at once.
    private long _used;

    /// <summary>Bytes that are rented now.</summary>
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

/// <summary>The bytes of a body that were sent so far, up to a limit. Not thread-safe: <see cref="ReplayableBody"/> guards it.</summary>
internal sealed class KeptBytes(ReplayMemory memory, int limit)
{
    private readonly List<(byte[] Segment, int Length)> _segments = [];
    private int _total;

    public IEnumerable<ReadOnlyMemory<byte>> Segments =>
        _segments.Select(static one => new ReadOnlyMemory<byte>(one.Segment, 0, one.Length));

    /// <returns>False when the limit or the process-wide cap is reached; what was kept before is incomplete then.</returns>
    public bool TryAppend(ReadOnlySpan<byte> data)
    {
        if (data.Length > limit - _total)
        {
            return false;
        }

        _total += data.Length;
        while (!data.IsEmpty)
        {
            if (_segments.Count == 0 || _segments[^1].Segment.Length == _segments[^1].Length)
            {
                if (memory.TryRent(data.Length) is not { } rented)
                {
                    return false;
                }

                _segments.Add((rented, 0));
            }

            var (segment, length) = _segments[^1];
            var count = Math.Min(data.Length, segment.Length - length);
            data[..count].CopyTo(segment.AsSpan(length));
            _segments[^1] = (segment, length + count);
            data = data[count..];
        }

        return true;
    }

    public void Free()
    {
        foreach (var (segment, _) in _segments)
        {
            memory.Return(segment);
        }

        _segments.Clear();
    }
}
