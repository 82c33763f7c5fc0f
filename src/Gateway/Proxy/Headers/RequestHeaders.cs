using System.Buffers;
using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Net.Http.Headers;

namespace Gateway.Proxy.Headers;

/// <summary>Removes from the copied request headers what must not reach a third party, and what could pose as a credential.</summary>
internal static class RequestHeaders
{
    private static readonly FrozenSet<string> Forbidden = new[]
    {
        "Authorization", "Proxy-Authorization", "Cookie", "Cookie2",
        "Referer", "Origin", "Forwarded", "Via", "X-Real-IP", "X-Client-IP", "X-Original-URL", "X-Rewrite-URL", "X-Original-Host", "X-Host",
        "X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override",

        // RFC 9110 section 10.1.1: for one hop only. The server answers it when the body is read.
        "Expect",
    }.ToFrozenSet(HeaderNameComparer.Instance);

    private static readonly FrozenSet<string> Trace = new[]
    {
        "traceparent", "tracestate", "baggage", "Correlation-Context", "Request-Id",
    }.ToFrozenSet(HeaderNameComparer.Instance);

    // RFC 9110 section 5.5. The server refuses NUL, CR and LF.
    private static readonly SearchValues<char> Controls =
        SearchValues.Create([.. Enumerable.Range(0, ' ').Append(0x7F).Select(static code => (char)code).Except(['\t'])]);

    /// <param name="request">The outgoing request, with the caller's headers.</param>
    /// <param name="caller">The caller's headers.</param>
    /// <param name="injected">The names that belong to the provider's credential.</param>
    /// <param name="selector">The header that names the connection; null when another source does.</param>
    /// <returns>False when a value has a control character, which some servers take for the end of the header.</returns>
    public static bool TryClean(HttpRequestMessage request, IHeaderDictionary caller, InjectedNames injected, string? selector)
    {
        if (request.Content is { } content && HasControls(content.Headers))
        {
            return false;
        }

        // Headers can't be removed during the enumeration. Most requests have at most one that is forbidden.
        string? forbidden = null;
        foreach (var header in request.Headers.NonValidated)
        {
            if (HasControls(header.Value))
            {
                return false;
            }

            forbidden ??= IsForbidden(header.Key, injected) ? header.Key : null;
        }

        for (; forbidden is not null; forbidden = FindForbidden(request.Headers, injected))
        {
            request.Headers.Remove(forbidden);
        }

        if (selector is not null)
        {
            request.Headers.Remove(selector);
        }

        // Before the credential is injected, so that a caller can't have it removed.
        foreach (var line in caller.Connection)
        {
            foreach (var option in line.AsSpan().Split(','))
            {
                if (ConnectionOption.FieldIn(line.AsSpan()[option]) is { } name)
                {
                    Remove(request, name);
                }
            }
        }

        return true;
    }

    private static bool HasControls(HttpHeaders headers)
    {
        foreach (var header in headers.NonValidated)
        {
            if (HasControls(header.Value))
            {
                return true;
            }
        }

        return false;
    }

    private static bool HasControls(HeaderStringValues values)
    {
        foreach (var value in values)
        {
            if (value.AsSpan().ContainsAny(Controls))
            {
                return true;
            }
        }

        return false;
    }

    private static string? FindForbidden(HttpHeaders headers, InjectedNames injected)
    {
        foreach (var header in headers.NonValidated)
        {
            if (IsForbidden(header.Key, injected))
            {
                return header.Key;
            }
        }

        return null;
    }

    private static bool IsForbidden(string name, InjectedNames injected) =>
        Forbidden.Contains(name)
        || (!injected.Provider.PropagateTrace && Trace.Contains(name))
        || HasPrefix(name, "Gateway-")
        || HasPrefix(name, "X-Forwarded-")
        || injected.IsHeader(name);

    private static bool HasPrefix(string name, string prefix) =>
        name.Length >= prefix.Length && HeaderNameComparer.Equals(name.AsSpan(0, prefix.Length), prefix);

    private static void Remove(HttpRequestMessage request, string name)
    {
        if (request.Headers.NonValidated.Contains(name))
        {
            request.Headers.Remove(name);
        }
        else if (request.Content?.Headers is { } content && content.NonValidated.Contains(name))
        {
            content.Remove(name);
        }
    }
}

/// <summary>Fields that a message's <c>Connection</c> names end at this hop, headers and trailers alike (RFC 9110 section 7.6.1).</summary>
internal static class ConnectionOption
{
    /// <returns>The field's name; null for an option that names no field. <c>Content-Length</c> can't be nominated.</returns>
    public static string? FieldIn(ReadOnlySpan<char> option)
    {
        option = option.Trim();
        return option.IsEmpty || Is(option, "keep-alive") || Is(option, "close") || Is(option, "Content-Length") ? null : option.ToString();
    }

    private static bool Is(ReadOnlySpan<char> option, string word) => option.Equals(word, StringComparison.OrdinalIgnoreCase);
}

/// <summary>
/// Ignores case, and takes hyphen and underscore as the same character: many servers turn both into one variable (RFC 3875
/// section 4.1.18).
/// </summary>
internal sealed class HeaderNameComparer : IEqualityComparer<string>
{
    public static HeaderNameComparer Instance { get; } = new();

    public static bool Equals(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        if (left.Length != right.Length)
        {
            return false;
        }

        for (var index = 0; index < left.Length; index++)
        {
            if (left[index] != right[index] && Fold(left[index]) != Fold(right[index]))
            {
                return false;
            }
        }

        return true;
    }

    bool IEqualityComparer<string>.Equals(string? left, string? right) => Equals(left.AsSpan(), right.AsSpan());

    // The sets are small: length and both ends tell their names apart, and cost less than a hash of every character.
    int IEqualityComparer<string>.GetHashCode([DisallowNull] string name) =>
        name.Length == 0 ? 0 : (name.Length << 16) | (Fold(name[0]) << 8) | Fold(name[^1]);

    private static char Fold(char c) => c == '_' ? '-' : char.ToLowerInvariant(c);
}
