namespace WireMock.Matchers;

/// <summary>Decides about a path, header, parameter or body.</summary>
public interface IStringMatcher
{
    /// <summary>Whether a match is wanted.</summary>
    MatchBehaviour MatchBehaviour { get; }

    /// <summary>How the patterns count together.</summary>
    MatchOperator MatchOperator { get; }

    /// <summary>Whether the matcher, its behaviour included, accepts the text. The genuine interface gives a score here.</summary>
    internal bool Accepts(string? input);
}
