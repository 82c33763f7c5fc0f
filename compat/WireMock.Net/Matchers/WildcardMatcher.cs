using System.Text.RegularExpressions;

namespace WireMock.Matchers;

/// <summary>Matches whole text, where <c>*</c> stands for any characters and <c>?</c> for one.</summary>
public class WildcardMatcher(MatchBehaviour matchBehaviour, string[] patterns, bool ignoreCase = false, MatchOperator matchOperator = MatchOperator.Or)
    : RegexMatcher(matchBehaviour, [.. patterns.Select(Expression)], ignoreCase, matchOperator)
{
    /// <summary>Accepts what matches.</summary>
    public WildcardMatcher(string pattern, bool ignoreCase = false)
        : this(MatchBehaviour.AcceptOnMatch, [pattern], ignoreCase)
    {
    }

    /// <summary>Accepts any of the patterns.</summary>
    public WildcardMatcher(string[] patterns, bool ignoreCase = false)
        : this(MatchBehaviour.AcceptOnMatch, patterns, ignoreCase)
    {
    }

    /// <summary>Accepts or rejects what matches.</summary>
    public WildcardMatcher(MatchBehaviour matchBehaviour, string pattern, bool ignoreCase = false)
        : this(matchBehaviour, [pattern], ignoreCase)
    {
    }

    private static string Expression(string pattern) =>
        "(?s)^" + Regex.Escape(pattern)
            .Replace("\\*", ".*", StringComparison.Ordinal)
            .Replace("\\?", ".", StringComparison.Ordinal) + "\\z";
}
