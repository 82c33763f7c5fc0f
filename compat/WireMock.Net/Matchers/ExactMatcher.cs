namespace WireMock.Matchers;

/// <summary>Matches equal text, by default with equal case.</summary>
public class ExactMatcher(MatchBehaviour matchBehaviour, bool ignoreCase, MatchOperator matchOperator, params string[] values)
    : PatternMatcher(matchBehaviour, matchOperator, values.Select(value => Equal(value, ignoreCase)))
{
    /// <summary>Accepts any of the values.</summary>
    public ExactMatcher(params string[] values)
        : this(MatchBehaviour.AcceptOnMatch, ignoreCase: false, MatchOperator.Or, values)
    {
    }

    /// <summary>Accepts any of the values.</summary>
    public ExactMatcher(bool ignoreCase, params string[] values)
        : this(MatchBehaviour.AcceptOnMatch, ignoreCase, MatchOperator.Or, values)
    {
    }

    private static Predicate<string> Equal(string value, bool ignoreCase) =>
        input => input.Equals(value, ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);
}
