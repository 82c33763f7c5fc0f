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
