using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;

namespace Gateway.Onboarding.Pages;

/// <summary>Markup as an interpolated string: text between braces is encoded, markup between braces stays what it is.</summary>
[InterpolatedStringHandler]
internal sealed class Html
{
    public static readonly Html None = new("");

    private readonly StringBuilder _markup;

    public Html(int literalLength, int formattedCount) => _markup = new StringBuilder(literalLength + (formattedCount * 16));

    private Html(string markup) => _markup = new StringBuilder(markup);

    public static Html Join<T>(IEnumerable<T> items, Func<T, Html> render)
    {
        var all = new Html("");
        foreach (var item in items)
        {
            all._markup.Append(render(item)._markup).Append('\n');
        }

        return all;
    }

    public void AppendLiteral(string markup) => _markup.Append(markup);

    public void AppendFormatted(string? text) => _markup.Append(HtmlEncoder.Default.Encode(text ?? ""));

    public void AppendFormatted(Html markup) => _markup.Append(markup._markup);

    public override string ToString() => _markup.ToString();
}
