using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Gateway.Model;

/// <summary>Text with <c>{field}</c> placeholders, parsed once when the configuration loads.</summary>
public sealed class TextTemplate
{
    private readonly (string Literal, string? Field)[] _pieces;

    private TextTemplate(string text, (string Literal, string? Field)[] pieces)
    {
        Text = text;
        _pieces = pieces;
        FieldNames = [.. pieces.Select(static piece => piece.Field).OfType<string>().Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The template as configured.</summary>
    public string Text { get; }

    /// <summary>The names between braces, each once, in order.</summary>
    public IReadOnlyList<string> FieldNames { get; }

    /// <summary>The field whose bare value the template is, as in <c>{apiKey}</c>; null when there is more to it.</summary>
    public string? VerbatimField => _pieces is [("", { } only)] ? only : null;

    /// <summary>False when a brace is alone or a name is empty.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out TextTemplate? template)
    {
        template = null;
        var pieces = new List<(string, string?)>();
        var rest = text.AsSpan();
        while (rest.Length > 0)
        {
            var open = rest.IndexOf('{');
            var literal = open < 0 ? rest : rest[..open];
            if (literal.Contains('}'))
            {
                return false;
            }

            rest = rest[literal.Length..];
            if (!TryReadField(ref rest, out var field))
            {
                return false;
            }

            pieces.Add((literal.ToString(), field));
        }

        template = new TextTemplate(text, [.. pieces]);
        return true;
    }

    /// <summary>The text with each field's value in its place.</summary>
    public string Expand(Func<string, string> valueOf)
    {
        var text = new StringBuilder();
        foreach (var (literal, field) in _pieces)
        {
            text.Append(literal).Append(field is null ? "" : valueOf(field));
        }

        return text.ToString();
    }

    public override string ToString() => Text;

    private static bool TryReadField(ref ReadOnlySpan<char> rest, out string? field)
    {
        field = null;
        if (rest.IsEmpty)
        {
            return true;
        }

        var close = rest.IndexOf('}');
        if (close < 2 || rest[1..close].Contains('{'))
        {
            return false;
        }

        field = rest[1..close].ToString();
        rest = rest[(close + 1)..];
        return true;
    }
}
