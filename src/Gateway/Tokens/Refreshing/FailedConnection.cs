using Gateway.Model;
using Gateway.Tokens.TokenEndpoint;

namespace Gateway.Tokens.Refreshing;

/// <summary>
/// A connection after a refresh that gave no token: nothing is blanked, the failure is noted beside what is there. A new grant that came all the
/// same takes the old one's place.
/// </summary>
internal static class FailedConnection
{
    public static Connection Of(Connection current, RefreshRequest request, TokenFailure failure, DateTimeOffset now)
    {
        var attempts = (current.LastFailure?.Attempts ?? 0) + 1;
        var isDead = failure.Outcome == RefreshOutcome.Permanent;
        var wait = RefreshBackoff.After(attempts, failure.RetryAfter, Random.Shared.NextDouble());
        var failed = NoteRejection(current, request) with
        {
            // A connection that its first refresh should have made is stored all the same: its backoff is shared.
            Generation = Math.Max(1, current.Generation),
            DeadSince = isDead ? now : null,
            LastFailure = new(failure.Outcome, failure.Reason, now, attempts, isDead ? DateTimeOffset.MaxValue : now + wait),
        };
        return BringsGrant(failure, current) ? Regrant(failed, failure.RefreshToken) : failed;
    }

    public static bool IsRejectionNoted(Connection current, RefreshRequest request) =>
        request.Trigger != RefreshTrigger.Rejected
        || current.TokenGeneration != request.Generation
        || current.RejectedGeneration == request.Generation;

    /// <summary>The token that a third party refused, and that no refresh replaced, is not usable any more.</summary>
    public static Connection NoteRejection(Connection current, RefreshRequest request) =>
        IsRejectionNoted(current, request) ? current : current with { RejectedGeneration = request.Generation };

    // Client credentials have no grant that could be replaced (RFC 6749 section 4.4.3).
    private static bool BringsGrant(TokenFailure failure, Connection current) =>
        !failure.RefreshToken.IsEmpty && !current.Grant.RefreshToken.IsEmpty && failure.RefreshToken != current.Grant.RefreshToken;

    // The generation grows, so that no instance and no store that went back in time takes the old grant for the newest. The token is what it was.
    private static Connection Regrant(Connection failed, Secret grant) => failed with
    {
        Generation = failed.Generation + 1,
        TokenAge = failed.TokenAge + 1,
        Grant = failed.Grant with { RefreshToken = grant },
    };
}
