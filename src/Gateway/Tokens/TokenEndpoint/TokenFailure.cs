using Gateway.Model;

namespace Gateway.Tokens.TokenEndpoint;

/// <summary>Why a token call gave no token.</summary>
/// <param name="Outcome">Permanent, transient or configuration.</param>
/// <param name="Reason">A word of <see cref="TokenFailureTable"/>'s closed set or <c>http_NNN</c>, never text of the provider.</param>
/// <param name="RetryAfter">What the answer asked for, at most an hour; null when it asked for nothing.</param>
internal sealed record TokenFailure(RefreshOutcome Outcome, string Reason, TimeSpan? RetryAfter = null)
{
    /// <summary>
    /// The grant that came all the same; empty when none did. It is the one to present next, even after a failure: that which was presented
    /// may be spent.
    /// </summary>
    public Secret RefreshToken { get; init; }
}
