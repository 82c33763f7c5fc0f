using Gateway.Model;

namespace Gateway.Admin;

/// <summary>
/// A key as people paste it out of an e-mail or a settings page: with white space and quotes around it, with the scheme in front. The scheme
/// is the template's business; twice in a header it is a 401 that nobody understands.
/// </summary>
internal static class PastedSecret
{
    private const string Scheme = "Bearer ";

    private static readonly char[] Quotes = ['"', '\'', '`', '\u201C', '\u201D', '\u2018', '\u2019'];

    public static Secret Clean(Secret pasted)
    {
        var text = Unwrap(pasted.Reveal());
        return new Secret(text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? Unwrap(text[Scheme.Length..]) : text);
    }

    // One pair of quotes, and only if there are two: a key may well end in one.
    private static string Unwrap(string text)
    {
        text = text.Trim();
        return text.Length > 1 && Quotes.Contains(text[0]) && Quotes.Contains(text[^1]) ? text[1..^1].Trim() : text;
    }
}
