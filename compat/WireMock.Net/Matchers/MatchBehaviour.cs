namespace WireMock.Matchers;

/// <summary>Whether a match is wanted or unwanted.</summary>
public enum MatchBehaviour
{
    /// <summary>What matches is accepted.</summary>
    AcceptOnMatch,

    /// <summary>What matches is rejected.</summary>
    RejectOnMatch,
}
