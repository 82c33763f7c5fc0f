using System.Buffers;
using System.Text;

namespace Gateway.Proxy.RawPath;

/// <summary>Path and query of a request line as the caller wrote them (RFC 9112 section 3.2), neither decoded nor folded.</summary>
internal readonly ref struct RequestTarget
{
    private RequestTarget(ReadOnlySpan<char> path, ReadOnlySpan<char> query)
    {
        Path = path;
        Query = query;
    }

    /// <summary>Starts with a slash; empty for the authority and asterisk forms, which no route matches.</summary>
    public ReadOnlySpan<char> Path { get; }

    /// <summary>With its question mark; empty when there is none.</summary>
    public ReadOnlySpan<char> Query { get; }

    public static RequestTarget Parse(string rawTarget)
    {
        var rest = rawTarget is ['/', ..] ? rawTarget : AfterAuthority(rawTarget);
        var mark = rest.IndexOf('?');
        return mark < 0 ? new(rest, []) : new(rest[..mark], rest[mark..]);
    }

    // The absolute form. The server has compared its authority with Host already.
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
/// Refuses targets that no route may forward. It judges the raw bytes, because the server folds dot segments before routing, and third
/// parties decode and fold what remains in different ways (RFC 3986 section 5.2.4).
/// </summary>
internal static class TargetGuard
{
    // More layers of encoding than a legitimate path has.
    private const int DecodingRounds = 6;
    private const int StackBytes = 512;

    private static readonly SearchValues<char> Suspicious = SearchValues.Create(".%\\");

    /// <returns>The reason for the refusal; null when the target may pass.</returns>
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

        var path = RequestTarget.Parse(rawTarget).Path;
        return path.IsEmpty ? "The request target has no path."
            : HasDotSegment(path) ? "The path has a dot segment."
            : null;
    }

    /// <summary>True when a <c>.</c> or <c>..</c> segment is in the path, in any encoding.</summary>
    public static bool HasDotSegment(ReadOnlySpan<char> path)
    {
        if (!path.ContainsAny(Suspicious))
        {
            return false;
        }

        var rented = path.Length > StackBytes ? ArrayPool<byte>.Shared.Rent(path.Length) : null;
        var bytes = rented ?? stackalloc byte[StackBytes];
        var length = Encoding.Latin1.GetBytes(path, bytes);
        var found = HasDotSegmentOnceDecoded(bytes[..length]);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return found;
    }

    private static bool HasDotSegmentOnceDecoded(Span<byte> path)
    {
        for (var round = 0; round < DecodingRounds; round++)
        {
            foreach (var segment in ((ReadOnlySpan<byte>)path).SplitAny("/\\"u8))
            {
                if (IsDots(path[segment]))
                {
                    return true;
                }
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

    // Some servers ignore parameters after a semicolon, blanks, and everything after a NUL or a decoded question mark.
    private static bool IsDots(ReadOnlySpan<byte> segment)
    {
        var end = segment.IndexOfAny(";\0?#"u8);
        var name = end < 0 ? segment : segment[..end];
        var start = name.IndexOfAnyExceptInRange((byte)0, (byte)' ');
        return start >= 0
            && name[start..(name.LastIndexOfAnyExceptInRange((byte)0, (byte)' ') + 1)] is [(byte)'.'] or [(byte)'.', (byte)'.'];
    }
}
