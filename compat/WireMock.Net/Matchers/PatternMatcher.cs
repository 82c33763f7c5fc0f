namespace WireMock.Matchers;

/// <summary>What the matchers have in common: patterns, their operator and their behaviour.</summary>
public abstract class PatternMatcher : IStringMatcher
{
    private readonly Predicate<string>[] _patterns;

    private protected PatternMatcher(MatchBehaviour matchBehaviour, MatchOperator matchOperator, IEnumerable<Predicate<string>> patterns)
    {
        MatchBehaviour = matchBehaviour;
        MatchOperator = matchOperator;
        _patterns = [.. patterns];
    }

    /// <inheritdoc />
    public MatchBehaviour MatchBehaviour { get; }

    /// <inheritdoc />
    public MatchOperator MatchOperator { get; }

    bool IStringMatcher.Accepts(string? input) => Matches(input) == (MatchBehaviour == MatchBehaviour.AcceptOnMatch);

    private bool Matches(string? input) =>
        input is not null
        && (MatchOperator == MatchOperator.Or
            ? Array.Exists(_patterns, pattern => pattern(input))
            : Array.TrueForAll(_patterns, pattern => pattern(input)));
}
