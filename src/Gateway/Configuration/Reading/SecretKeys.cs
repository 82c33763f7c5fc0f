using System.Text.RegularExpressions;

namespace Gateway.Configuration.Reading;

/// <summary>The keys that hold secrets, and how a value is printed in an error or a log line.</summary>
internal static class SecretKeys
{
    private const int MaxShownLength = 200;

    /// <summary>
    /// True for keys whose value is never printed, and for all keys below them. The templates of <c>Inject</c> are included, because a
    /// token is easily pasted there by mistake.
    /// </summary>
    public static bool Contains(string key) => key.ToUpperInvariant().Split(':') switch
    {
        ["ADMIN", "KEY", ..] => true,
        ["STORE", "REDIS" or "ENCRYPTIONKEYS", ..] => true,
        ["PROVIDERS", _, "CLIENTSECRET" or "CLIENTSECRETS" or "SECRETS" or "INJECT", ..] => true,
        ["KESTREL", .., "PASSWORD"] => true,
        _ => false,
    };

    /// <summary>A value on one line. User information and query of an address are removed, since they may hold secrets.</summary>
    public static string Show(string value)
    {
        var shown = value.Contains("//", StringComparison.Ordinal) || value.Contains('@') ? WithoutSecrets(value) : value;
        var line = string.Concat(shown.Take(MaxShownLength).Select(static c => char.IsControl(c) ? '\uFFFD' : c));
        return shown.Length > MaxShownLength ? line + "…" : line;
    }

    /// <summary>A sentence with user name and password removed from its addresses.</summary>
    public static string WithoutUserInformation(string sentence) => sentence.Contains('@')
        ? Regex.Replace(sentence, "//[^/@]*@", "//***@", RegexOptions.NonBacktracking)
        : sentence;

    private static string WithoutSecrets(string address)
    {
        var end = address.AsSpan().IndexOfAny('?', '#');
        var place = end < 0 ? address : address[..end];
        var slashes = place.IndexOf("//", StringComparison.Ordinal);
        var start = slashes < 0 ? 0 : slashes + 2;
        var at = place.LastIndexOf('@');
        place = at >= start ? $"{place[..start]}***{place[at..]}" : place;
        return end < 0 ? place : $"{place}{address[end]}***";
    }
}
