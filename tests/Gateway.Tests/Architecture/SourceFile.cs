using System.Text;

namespace Gateway.Tests.Architecture;

/// <summary>A C# file, and the same text with comments and the insides of strings blanked out, so that rules read code and nothing else.</summary>
/// <param name="Path">From the repository's root, with slashes.</param>
/// <param name="Text">As it is in the file.</param>
internal sealed record SourceFile(string Path, string Text)
{
    public string Code { get; } = Blank(Text);

    public int Lines => Text.Count(static c => c == '\n');

    /// <summary>The folder below <c>src/Gateway</c>; empty for the root and for other projects.</summary>
    public string Folder => Path.Split('/') is ["src", "Gateway", var folder, _, ..] ? folder : "";

    public string Name => System.IO.Path.GetFileName(Path);

    public int LineAt(int position) => Text.AsSpan(0, position).Count('\n') + 1;

    // Keeps every line break and every length: a position in the code is one in the text.
    private static string Blank(string text)
    {
        var code = new StringBuilder(text.Length);
        while (code.Length < text.Length)
        {
            var rest = text.AsSpan(code.Length);
            var skip = rest switch
            {
                ['/', '/', ..] => ToLineEnd(rest),
                ['/', '*', ..] => After(rest, "*/", 2),
                ['"', '"', '"', ..] => After(rest, "\"\"\"", 3),
                ['@', '"', ..] or ['$', '@', '"', ..] => Verbatim(rest),
                ['"', ..] => Quoted(rest, '"'),
                ['\'', ..] => Quoted(rest, '\''),
                _ => 0,
            };
            foreach (var c in rest[..skip])
            {
                code.Append(c == '\n' ? '\n' : ' ');
            }

            if (skip == 0)
            {
                code.Append(rest[0]);
            }
        }

        return code.ToString();
    }

    private static int ToLineEnd(ReadOnlySpan<char> rest) => rest.IndexOf('\n') is >= 0 and var end ? end : rest.Length;

    private static int After(ReadOnlySpan<char> rest, string end, int from) =>
        rest[from..].IndexOf(end, StringComparison.Ordinal) is >= 0 and var at ? from + at + end.Length : rest.Length;

    private static int Verbatim(ReadOnlySpan<char> rest)
    {
        var at = rest.IndexOf('"') + 1;
        while (at < rest.Length && (rest[at] != '"' || rest[at..] is ['"', '"', ..]))
        {
            at += rest[at] == '"' ? 2 : 1;
        }

        return Math.Min(at + 1, rest.Length);
    }

    private static int Quoted(ReadOnlySpan<char> rest, char quote)
    {
        var at = 1;
        while (at < rest.Length && rest[at] != quote && rest[at] != '\n')
        {
            at += rest[at] == '\\' ? 2 : 1;
        }

        return Math.Min(at + 1, rest.Length);
    }
}
