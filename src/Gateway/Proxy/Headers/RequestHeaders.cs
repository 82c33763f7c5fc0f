using System.Buffers;
using System.Collections.Frozen;
using System.Net.Http.Headers;
using System.Text;

using Gateway.Model;
using Gateway.Proxy.RawPath;

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

/// <summary>
/// The names under which a provider accepts its credential, so that a caller can't send its own: the injected headers and query
/// parameters, and fields that are sent as they are (RFC 6750 section 2.3 allows <c>access_token</c> in the query, Bookeo its two keys).
/// A field that only fills a longer value, as in <c>Bearer {token}</c>, is not such a name: <c>?token=</c> may be a page of a list.
/// </summary>
internal sealed class InjectedNames
{
    private const int StackBytes = 256;

    private readonly string[] _headers;
    private readonly byte[][] _queryNames;

    public InjectedNames(Provider provider)
    {
        Provider = provider;
        var injection = provider.Injection;
        _headers = [.. injection.Headers.Select(static header => header.Key.Replace('_', '-'))];
        _queryNames = [.. _headers.Concat(injection.Query.Select(static pair => pair.Key))
            .Concat(KeysOf(injection).Where(name => !provider.Fields.ContainsKey(name)))
            .Select(static name => Normalize(Encoding.Latin1.GetBytes(name)).ToArray())];
    }

    public Provider Provider { get; }

    /// <param name="name">With hyphens for underscores.</param>
    public bool IsHeader(string name)
    {
        foreach (var header in _headers)
        {
            if (header.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The query without parameters of an injected name in any case or encoding; every other byte stays.</summary>
    /// <param name="query">With its question mark, or empty.</param>
    public ReadOnlySpan<char> Strip(ReadOnlySpan<char> query)
    {
        StringBuilder? kept = null;
        for (var at = 0; at < query.Length;)
        {
            // A pair with the separator before it. Some servers split at semicolons too (RFC 1866 section 8.2.1).
            var next = query[(at + 1)..].IndexOfAny('&', ';');
            var pair = next < 0 ? query[at..] : query.Slice(at, next + 1);
            if (IsInjected(pair[1..]))
            {
                kept ??= new StringBuilder(query.Length).Append(query[..at]);
            }
            else
            {
                kept?.Append(pair);
            }

            at += pair.Length;
        }

        return kept is null ? query : kept.Length == 0 ? "" : string.Concat("?", kept.ToString(1, kept.Length - 1));
    }

    private static IEnumerable<string> KeysOf(Injection injection) => injection.Headers.Concat(injection.Query)
        .Select(static pair => pair.Value.FieldNames.Contains(Injection.AccessToken, StringComparer.Ordinal)
            ? Injection.AccessToken
            : pair.Value.VerbatimField)
        .OfType<string>();

    private bool IsInjected(ReadOnlySpan<char> pair)
    {
        var end = pair.IndexOf('=');
        var name = end < 0 ? pair : pair[..end];
        var bytes = name.Length <= StackBytes ? stackalloc byte[name.Length] : new byte[name.Length];
        Encoding.Latin1.GetBytes(name, bytes);
        var normal = Normalize(bytes);
        foreach (var injected in _queryNames)
        {
            if (normal.SequenceEqual(injected))
            {
                return true;
            }
        }

        return false;
    }

    // As lenient servers read a name: decoded (twice, behind a decoding proxy), cut at a NUL or an index, without blanks, in any case;
    // PHP reads dots and blanks as underscores.
    private static ReadOnlySpan<byte> Normalize(Span<byte> name)
    {
        name = name[..PercentDecoder.Decode(name)];
        name = name[..PercentDecoder.Decode(name)];
        var end = name.IndexOfAny("\0[=&;"u8);
        name = (end < 0 ? name : name[..end]).Trim(" +\t\r\n\f\v"u8);
        foreach (ref var character in name)
        {
            character = character is (byte)'_' or (byte)'.' or (byte)' ' or (byte)'+'
                ? (byte)'-'
                : (byte)char.ToLowerInvariant((char)character);
        }

        return name;
    }
}
