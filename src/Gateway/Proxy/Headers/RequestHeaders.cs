using System.Buffers;
using System.Collections.Frozen;
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
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> Trace = new[]
    {
        "traceparent", "tracestate", "baggage", "Correlation-Context", "Request-Id",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

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
        if (HasControls(request.Headers) || (request.Content is { } content && HasControls(content.Headers)))
        {
            return false;
        }

        // Headers can't be removed during the enumeration. Most requests have at most one that is forbidden.
        while (FindForbidden(request.Headers, injected) is { } forbidden)
        {
            request.Headers.Remove(forbidden);
        }

        if (selector is not null)
        {
            request.Headers.Remove(selector);
        }

        // Before the credential is injected, so that a caller can't have it removed.
        foreach (var name in ConnectionOption.FieldsIn(caller.Connection.ToString()))
        {
            // Remove throws for a name that belongs to the other collection.
            HttpHeaders? headers = request.Headers.NonValidated.Contains(name) ? request.Headers : request.Content?.Headers;
            if (headers?.NonValidated.Contains(name) == true)
            {
                headers.Remove(name);
            }
        }

        return true;
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

    // Many servers turn hyphen and underscore into one variable (RFC 3875 section 4.1.18).
    private static bool IsForbidden(string name, InjectedNames injected)
    {
        name = name.Replace('_', '-');
        return Forbidden.Contains(name)
            || (!injected.Provider.PropagateTrace && Trace.Contains(name))
            || name.StartsWith("Gateway-", StringComparison.OrdinalIgnoreCase)
            || name.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase)
            || injected.IsHeader(name);
    }
}

/// <summary>Fields that a message's <c>Connection</c> names end at this hop, headers and trailers alike (RFC 9110 section 7.6.1).</summary>
internal static class ConnectionOption
{
    // Content-Length can't be nominated: it frames the body.
    private static readonly string[] NoFields = ["keep-alive", "close", "Content-Length"];

    /// <param name="connection">The header's values, joined by commas; most have one option that names no field.</param>
    public static IEnumerable<string> FieldsIn(string connection) => connection.Length == 0 || IsNoField(connection)
        ? []
        : connection.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Where(static option => !IsNoField(option));

    private static bool IsNoField(string option) => NoFields.Contains(option, StringComparer.OrdinalIgnoreCase);
}
