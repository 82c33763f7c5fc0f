using System.Text;

using Gateway.Model;
using Gateway.Proxy.RawPath;

namespace Gateway.Proxy.Headers;

/// <summary>
/// The names under which a provider takes its credential, so that a caller can't bring his own: the injected headers and query
/// parameters, and the keys that are sent as they are (RFC 6750 section 2.3 takes <c>access_token</c> in the query, Bookeo its two keys). A field
/// that only fills a longer value, as in <c>Bearer {token}</c>, is the gateway's own word: <c>?token=</c> may be a page of the caller's list.
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
        _headers = [.. injection.Headers.Select(static header => header.Key)];
        _queryNames = [.. _headers.Concat(injection.Query.Select(static pair => pair.Key))
            .Concat(KeysOf(injection).Where(name => !provider.Fields.ContainsKey(name)))
            .Select(static name => Plain(Encoding.Latin1.GetBytes(name)).ToArray())];
    }

    /// <summary>Whose names these are.</summary>
    public Provider Provider { get; }

    /// <summary>True for an injected header, with hyphens and underscores taken as the same.</summary>
    public bool IsHeader(string name)
    {
        foreach (var header in _headers)
        {
            if (header.Length == name.Length && HeaderNameComparer.Equals(header, name))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The query without the parameters that carry an injected name in any case or encoding; every other byte stays.</summary>
    /// <param name="query">With its question mark, or empty.</param>
    public ReadOnlySpan<char> Strip(ReadOnlySpan<char> query)
    {
        if (query.Length < 2 || !Finds(query))
        {
            return query;
        }

        var kept = new StringBuilder(query.Length);
        for (var rest = query; !rest.IsEmpty;)
        {
            var length = PairLength(rest);
            if (!IsInjected(rest[1..length]))
            {
                kept.Append(rest[..length]);
            }

            rest = rest[length..];
        }

        return kept.Length == 0 ? "" : string.Concat("?", kept.ToString(1, kept.Length - 1));
    }

    private static IEnumerable<string> KeysOf(Injection injection) => injection.Headers.Concat(injection.Query)
        .Select(static pair => pair.Value.FieldNames.Contains(Injection.AccessToken, StringComparer.Ordinal) ? Injection.AccessToken : pair.Value.VerbatimField)
        .OfType<string>();

    private bool Finds(ReadOnlySpan<char> query)
    {
        while (!query.IsEmpty)
        {
            var length = PairLength(query);
            if (IsInjected(query[1..length]))
            {
                return true;
            }

            query = query[length..];
        }

        return false;
    }

    // A pair with the separator before it. RFC 1866 servers part at semicolons too.
    private static int PairLength(ReadOnlySpan<char> query)
    {
        var next = query[1..].IndexOfAny('&', ';');
        return next < 0 ? query.Length : next + 1;
    }

    private bool IsInjected(ReadOnlySpan<char> pair)
    {
        var end = pair.IndexOf('=');
        var name = end < 0 ? pair : pair[..end];
        var bytes = name.Length <= StackBytes ? stackalloc byte[name.Length] : new byte[name.Length];
        Encoding.Latin1.GetBytes(name, bytes);
        var plain = Plain(bytes);
        foreach (var injected in _queryNames)
        {
            if (plain.SequenceEqual(injected))
            {
                return true;
            }
        }

        return false;
    }

    // What servers make of a name: decoded (twice, for those behind another decoder), cut at a NUL or an index, without blanks, in
    // any case; PHP reads dots and blanks as underscores.
    private static ReadOnlySpan<byte> Plain(Span<byte> name)
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
