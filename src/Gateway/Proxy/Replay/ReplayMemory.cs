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

/// <summary>What was sent of a body, in order, up to a limit. Not thread-safe: <see cref="BodyRelay"/> guards it.</summary>
internal sealed class KeptBytes(ReplayMemory memory, int limit)
{
    private readonly List<(byte[] Segment, int Length)> _segments = [];
    private int _total;

    /// <returns>False when the limit or the process's memory is used up; nothing of the data is kept then.</returns>
    public bool TryAppend(ReadOnlySpan<byte> data)
    {
        if (data.Length > limit - _total)
        {
            return false;
        }

        _total += data.Length;
        while (!data.IsEmpty)
        {
            if ((_segments.Count == 0 || _segments[^1].Segment.Length == _segments[^1].Length) && !TryGrow(data.Length))
            {
                return false;
            }

            var (segment, length) = _segments[^1];
            var count = Math.Min(data.Length, segment.Length - length);
            data[..count].CopyTo(segment.AsSpan(length));
            _segments[^1] = (segment, length + count);
            data = data[count..];
        }

        return true;
    }

    public async ValueTask WriteToAsync(BodyAttempt destination, CancellationToken cancellationToken)
    {
        foreach (var (segment, length) in _segments)
        {
            await destination.WriteAsync(segment.AsMemory(0, length), cancellationToken);
        }
    }

    public void Free()
    {
        foreach (var (segment, _) in _segments)
        {
            memory.Return(segment);
        }

        _segments.Clear();
    }

    private bool TryGrow(int wanted)
    {
        if (memory.TryRent(wanted) is not { } segment)
        {
            return false;
        }

        _segments.Add((segment, 0));
        return true;
    }
}
