namespace WireMock.Matchers;

/// <summary>How several patterns count together.</summary>
public enum MatchOperator
{
    /// <summary>One is enough.</summary>
    Or,

    /// <summary>All are needed.</summary>
    And,
}
