using System.Buffers;
using System.Text;

namespace Gateway.Proxy.RawPath;

/// <summary>
/// The path and query of a request line exactly as the caller wrote them (RFC 9112 section 3.2), before anything was decoded or folded.
/// </summary>
internal readonly ref struct RequestTarget
{
    private RequestTarget(ReadOnlySpan<char> path, ReadOnlySpan<char> query)
    {
        Path = path;
        Query = query;
    }

    /// <summary>Starts with a slash; empty for the authority and asterisk forms, which no route takes.</summary>
    public ReadOnlySpan<char> Path { get; }

    /// <summary>With its question mark; empty when there is none.</summary>
    public ReadOnlySpan<char> Query { get; }

    public static RequestTarget Parse(string rawTarget)
    {
        var rest = rawTarget is ['/', ..] ? rawTarget : AfterAuthority(rawTarget);
        var mark = rest.IndexOf('?');
        var path = mark < 0 ? rest : rest[..mark];
        return new(path, mark < 0 ? [] : rest[mark..]);
    }

    // The absolute form; the server has compared its authority with Host already.
    private static ReadOnlySpan<char> AfterAuthority(ReadOnlySpan<char> target)
    {
        var colon = target.IndexOf("://", StringComparison.Ordinal);
        if (colon < 0)
        {
            return [];
        }

        var afterScheme = target[(colon + 3)..];
        var slash = afterScheme.IndexOfAny('/', '?');
        return slash >= 0 && afterScheme[slash] == '/' ? afterScheme[slash..] : [];
    }
}

/// <summary>
/// What a request target may never contain, whatever the route: decided on the raw bytes, because the server folds dot segments
/// before routing sees them, and third parties fold what is left in their own ways.
/// </summary>
internal static class TargetGuard
{
    /// <returns>Why the target is refused; null when it may pass.</returns>
    public static string? Refuse(string rawTarget)
    {
        if (rawTarget.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            return "The request target has a character that is neither printable nor ASCII.";
        }

        if (rawTarget.Contains('#', StringComparison.Ordinal))
        {
            return "The request target has a fragment.";
        }

        var target = RequestTarget.Parse(rawTarget);
        if (target.Path.IsEmpty)
        {
            return "The request target has no path.";
        }

        return DotSegments.Contains(target.Path) ? "The path has a dot segment." : null;
    }
}

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
