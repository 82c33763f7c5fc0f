using System.Buffers;
using System.Text;

namespace Gateway.Proxy.RawPath;

/// <summary>Finds <c>.</c> and <c>..</c> segments, however they are spelled (RFC 3986 section 5.2.4 and what servers make of it).</summary>
internal static class DotSegments
{
    // Nobody encodes an honest path more often than this.
    private const int DecodingRounds = 6;
    private const int StackBytes = 512;

    private static readonly SearchValues<char> Suspicious = SearchValues.Create(".%\\");

    public static bool Contains(ReadOnlySpan<char> path)
    {
        if (!path.ContainsAny(Suspicious))
        {
            return false;
        }

        var rented = path.Length > StackBytes ? ArrayPool<byte>.Shared.Rent(path.Length) : null;
        var bytes = rented ?? stackalloc byte[StackBytes];
        var length = Encoding.Latin1.GetBytes(path, bytes);
        var found = ContainsDecoded(bytes[..length]);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return found;
    }

    private static bool ContainsDecoded(Span<byte> path)
    {
        for (var round = 0; round < DecodingRounds; round++)
        {
            if (HasDotSegment(path))
            {
                return true;
            }

            var length = PercentDecoder.Decode(path);
            if (length == path.Length)
            {
                return false;
            }

            path = path[..length];
        }

        return true;
    }

    private static bool HasDotSegment(ReadOnlySpan<byte> path)
    {
        while (!path.IsEmpty)
        {
            var separator = path.IndexOfAny((byte)'/', (byte)'\\');
            if (IsDots(separator < 0 ? path : path[..separator]))
            {
                return true;
            }

            path = separator < 0 ? [] : path[(separator + 1)..];
        }

        return false;
    }

    // Parameters after a semicolon, blanks, and whatever follows a NUL or a decoded query mark do not hide the dots from everybody.
    private static bool IsDots(ReadOnlySpan<byte> segment)
    {
        var end = segment.IndexOfAny(";\0?#"u8);
        var name = end < 0 ? segment : segment[..end];
        while (!name.IsEmpty && name[^1] <= ' ')
        {
            name = name[..^1];
        }

        while (!name.IsEmpty && name[0] <= ' ')
        {
            name = name[1..];
        }

        return name.SequenceEqual("."u8) || name.SequenceEqual(".."u8);
    }
}
