using System.Text.RegularExpressions;

namespace Gateway.Testing;

/// <summary>One metric in an expression.</summary>
/// <param name="Metric">Its name.</param>
/// <param name="Matchers">As written: <c>job=~"$job"</c>.</param>
/// <param name="Range">Between the brackets; null for an instant.</param>
/// <param name="Function">The function whose argument it is; empty for none.</param>
internal sealed record Selector(string Metric, IReadOnlyList<string> Matchers, string? Range, string Function);

/// <summary>Finds the metrics in PromQL. Prometheus itself checks that an expression is valid.</summary>
internal static partial class PromQl
{
    private static readonly HashSet<string> Operators = ["and", "or", "unless", "bool", "offset", "inf", "nan"];

    private static readonly HashSet<string> Grouping = ["by", "without", "on", "ignoring", "group_left", "group_right"];

    public static IReadOnlyList<Selector> Selectors(string expression) =>
        [.. Walk([.. Token().Matches(expression).Select(static token => token.Value)])];

    private static IEnumerable<Selector> Walk(List<string> tokens)
    {
        var functions = new Stack<string>();
        for (var i = 0; i < tokens.Count; i++)
        {
            var token = tokens[i];
            if (token == "(")
            {
                functions.Push(i > 0 && IsName(tokens[i - 1]) && !Operators.Contains(tokens[i - 1]) ? tokens[i - 1] : "");
            }
            else if (token == ")")
            {
                functions.Pop();
            }
            else if (Grouping.Contains(token))
            {
                i = i + 1 < tokens.Count && tokens[i + 1] == "(" ? tokens.IndexOf(")", i) : i;
            }
            else if (IsName(token) && !Operators.Contains(token) && !IsFunction(tokens, i))
            {
                var matchers = Between(tokens, ref i, "{", "}");
                var range = Between(tokens, ref i, "[", "]");
                yield return new Selector(
                    token, Matchers(matchers), range is null ? null : string.Concat(range), functions.Count > 0 ? functions.Peek() : "");
            }
        }
    }

    private static bool IsName(string token) => char.IsLetter(token[0]) || token[0] is '_' or ':';

    // sum (…), and sum by (…) (…).
    private static bool IsFunction(List<string> tokens, int i) =>
        i + 1 < tokens.Count && (tokens[i + 1] == "(" || Grouping.Contains(tokens[i + 1]));

    private static List<string>? Between(List<string> tokens, ref int i, string open, string close)
    {
        if (i + 1 >= tokens.Count || tokens[i + 1] != open)
        {
            return null;
        }

        var end = tokens.IndexOf(close, i);
        var inner = tokens.GetRange(i + 2, end - i - 2);
        i = end;
        return inner;
    }

    private static List<string> Matchers(List<string>? tokens) =>
        tokens is null ? [] : [.. string.Concat(tokens.Select(static token => token == "," ? "\n" : token)).Split('\n')];

    [GeneratedRegex("""
        "(?:[^"\\]|\\.)*"|\$?[A-Za-z_:][\w:]*|\d[\w.]*|=~|!~|!=|==|>=|<=|[^\s]
        """, RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Token();
}
