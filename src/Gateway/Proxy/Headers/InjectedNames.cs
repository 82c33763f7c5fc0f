using System.Text;

using Gateway.Model;
using Gateway.Proxy.RawPath;

namespace Gateway.Proxy.Headers;

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
