using System.Text.RegularExpressions;

namespace WireMock.Matchers;

/// <summary>Matches text in which a regular expression is found.</summary>
public class RegexMatcher : PatternMatcher
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Accepts what matches.</summary>
    public RegexMatcher(string pattern, bool ignoreCase = false)
        : this(MatchBehaviour.AcceptOnMatch, [pattern], ignoreCase)
    {
    }

    /// <summary>Accepts or rejects what matches.</summary>
    public RegexMatcher(MatchBehaviour matchBehaviour, string pattern, bool ignoreCase = false)
        : this(matchBehaviour, [pattern], ignoreCase)
    {
    }

    // Not public: the genuine constructor takes patterns of another type, which an array of strings doesn't convert to.
    private protected RegexMatcher(MatchBehaviour matchBehaviour, string[] patterns, bool ignoreCase)
        : base(matchBehaviour, MatchOperator.Or, patterns.Select(pattern => Found(pattern, ignoreCase)))
    {
    }

    private static Predicate<string> Found(string pattern, bool ignoreCase)
    {
        var options = RegexOptions.ExplicitCapture | (ignoreCase ? RegexOptions.IgnoreCase : RegexOptions.None);
        return new Regex(pattern, options, Limit).IsMatch;
    }
}
