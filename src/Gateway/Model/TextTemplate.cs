using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace Gateway.Model;

/// <summary>Text with <c>{field}</c> placeholders, parsed once when the configuration loads.</summary>
public sealed partial class TextTemplate
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

    /// <summary>The field whose bare value the template is, as in <c>{apiKey}</c>; null when it has more.</summary>
    public string? VerbatimField => _pieces is [(_, { } only)] ? only : null;

    /// <summary>False when a brace is alone or a name is empty.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out TextTemplate? template)
    {
        var pieces = Piece().Matches(text);
        template = pieces.Sum(static piece => piece.Length) == text.Length ? new(text, [.. pieces.Select(PieceOf)]) : null;
        return template is not null;
    }

    /// <summary>The text with each field's value in its place.</summary>
    public string Expand(Func<string, string> valueOf) =>
        string.Concat(_pieces.Select(piece => piece.Field is { } field ? valueOf(field) : piece.Literal));

    public override string ToString() => Text;

    private static (string Literal, string? Field) PieceOf(Match piece) =>
        piece.Groups["field"] is { Success: true } field ? ("", field.Value) : (piece.Value, null);

    [GeneratedRegex(@"\{(?<field>[^{}]+)\}|[^{}]+", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Piece();
}
