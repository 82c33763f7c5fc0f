using System.Buffers;
using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Net.Http.Headers;

using Microsoft.Extensions.Primitives;

namespace Gateway.Proxy.Headers;

/// <summary>Takes from the copied request headers what is nobody else's business, and what could pose as a credential.</summary>
internal static class RequestHeaders
{
    private static readonly FrozenSet<string> Never = new[]
    {
        "Authorization", "Proxy-Authorization", "Cookie", "Cookie2",
        "Referer", "Origin", "Forwarded", "Via", "X-Real-IP", "X-Client-IP", "X-Original-URL", "X-Rewrite-URL", "X-Original-Host", "X-Host",
        "X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override",

        // RFC 9110 section 10.1.1: between two neighbours only; the server here answers it when the body is read.
        "Expect",
    }.ToFrozenSet(HeaderNameComparer.Instance);

    private static readonly FrozenSet<string> Trace = new[]
    {
        "traceparent", "tracestate", "baggage", "Correlation-Context", "Request-Id",
    }.ToFrozenSet(HeaderNameComparer.Instance);

    // RFC 9110 section 5.5. The server refuses NUL, CR and LF already.
    private static readonly SearchValues<char> Controls =
        SearchValues.Create([.. Enumerable.Range(0, ' ').Where(static code => code != '\t').Append(0x7F).Select(static code => (char)code)]);

    /// <summary>True when a value has a control character, which servers behind may read as the end of something.</summary>
    public static bool HasControls(HttpRequestMessage request) =>
        HasControls(request.Headers) || (request.Content is { } content && HasControls(content.Headers));

    /// <param name="request">The outgoing request, with the caller's headers.</param>
    /// <param name="context">The caller's.</param>
    /// <param name="injected">The names that the provider's credential has.</param>
    /// <param name="selector">The header by which the caller chose the connection; null when he did otherwise. It is for the gateway alone.</param>
    public static void Clean(HttpRequestMessage request, HttpContext context, InjectedNames injected, string? selector)
    {
        if (selector is not null)
        {
            request.Headers.Remove(selector);
        }

        RemoveNominated(request, context.Request.Headers.Connection);
        while (FindForbidden(request.Headers, injected) is { } name)
        {
            request.Headers.Remove(name);
        }
    }

    private static bool HasControls(HttpHeaders headers)
    {
        foreach (var header in headers.NonValidated)
        {
            foreach (var value in header.Value)
            {
                if (value.AsSpan().ContainsAny(Controls))
                {
                    return true;
                }
            }
        }

        return false;
    }

    // Names can't be removed while they are enumerated; most requests have one forbidden name or none.
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
        Never.Contains(name)
        || (!injected.Provider.PropagateTrace && Trace.Contains(name))
        || HasPrefix(name, "Gateway-")
        || HasPrefix(name, "X-Forwarded-")
        || injected.IsHeader(name);

    private static bool HasPrefix(string name, string prefix) =>
        name.Length >= prefix.Length && HeaderNameComparer.Equals(name.AsSpan(0, prefix.Length), prefix);

    // Removal comes before injection, so a caller can't nominate the credential away.
    private static void RemoveNominated(HttpRequestMessage request, StringValues connection)
    {
        foreach (var value in connection)
        {
            for (var options = value.AsSpan(); NominatedNames.TryTake(ref options, out var name);)
            {
                Remove(request, name);
            }
        }
    }

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

/// <summary>
/// Header names without regard to case, hyphens and underscores taken as the same: many servers turn both into one variable
/// (RFC 3875 section 4.1.18).
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

    int IEqualityComparer<string>.GetHashCode([DisallowNull] string name)
    {
        // Length and both ends tell the few protected names apart well enough, and cost less than hashing every character.
        return name.Length == 0 ? 0 : (name.Length << 16) | (Fold(name[0]) << 8) | Fold(name[^1]);
    }

    private static char Fold(char c) => c == '_' ? '-' : char.ToLowerInvariant(c);
}
