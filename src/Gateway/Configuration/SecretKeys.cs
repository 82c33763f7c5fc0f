using System.Text.RegularExpressions;

namespace Gateway.Configuration;

/// <summary>Which keys hold secrets, and how a value is shown in an error or a log line.</summary>
internal static class SecretKeys
{
    private const int ShownLength = 200;

    /// <summary>
    /// True for keys whose value is never shown, and for everything below them. Templates of <c>Inject</c> are among them: people write
    /// a token there that belongs elsewhere.
    /// </summary>
    public static bool Contains(string key) => key.ToUpperInvariant().Split(':') switch
    {
        ["ADMIN", "KEY", ..] => true,
        ["STORE", "REDIS" or "ENCRYPTIONKEYS", ..] => true,
        ["PROVIDERS", _, "CLIENTSECRET" or "CLIENTSECRETS" or "SECRETS" or "INJECT", ..] => true,
        ["KESTREL", .., "PASSWORD"] => true,
        _ => false,
    };

    /// <summary>A value on one line. Of an address, user information and query are cut away: they hold secrets even where none belong.</summary>
    public static string Show(string value)
    {
        var shown = value.Contains("//", StringComparison.Ordinal) || value.Contains('@') ? WithoutSecrets(value) : value;
        var line = string.Concat(shown.Take(ShownLength).Select(static c => char.IsControl(c) ? '\uFFFD' : c));
        return shown.Length > ShownLength ? line + "…" : line;
    }

    /// <summary>A sentence whose addresses have lost user name and password.</summary>
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
