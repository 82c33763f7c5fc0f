using System.Buffers;

namespace Gateway.Configuration;

/// <summary>What names in a configuration may consist of.</summary>
internal static class Names
{
    private const string Alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    // RFC 9110 section 5.6.2.
    private static readonly SearchValues<char> TokenCharacters = SearchValues.Create(Alphanumeric + "!#$%&'*+-.^_`|~");

    private static readonly SearchValues<char> ProviderCharacters = SearchValues.Create(Alphanumeric + "._-");

    /// <summary>Letters, digits, '.', '_' and '-': fits a path, a key of the store and a label as it is.</summary>
    public static bool IsProvider(string name) => name.Length > 0 && !name.AsSpan().ContainsAnyExcept(ProviderCharacters);

    /// <summary>A header or method name (RFC 9110 sections 5.1 and 9.1).</summary>
    public static bool IsToken(string name) => name.Length > 0 && !name.AsSpan().ContainsAnyExcept(TokenCharacters);
}
