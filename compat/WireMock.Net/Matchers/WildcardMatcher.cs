using System.Text.RegularExpressions;

namespace WireMock.Matchers;

/// <summary>Matches whole text, where <c>*</c> stands for any characters and <c>?</c> for one.</summary>
public class WildcardMatcher : RegexMatcher
{
    /// <summary>Accepts what matches.</summary>
    public WildcardMatcher(string pattern, bool ignoreCase = false)
        : this(MatchBehaviour.AcceptOnMatch, pattern, ignoreCase)
    {
    }

    /// <summary>Accepts or rejects what matches.</summary>
    public WildcardMatcher(MatchBehaviour matchBehaviour, string pattern, bool ignoreCase = false)
        : base(matchBehaviour, [Expression(pattern)], ignoreCase)
    {
    }

    internal WildcardMatcher(string[] patterns)
        : base(MatchBehaviour.AcceptOnMatch, [.. patterns.Select(Expression)], ignoreCase: false)
    {
    }

    private static string Expression(string pattern) =>
        "(?s)^" + Regex.Escape(pattern)
            .Replace("\\*", ".*", StringComparison.Ordinal)
            .Replace("\\?", ".", StringComparison.Ordinal) + "\\z";
}
