using Gateway.Credentials;
using Gateway.Tokens.Endpoint;

namespace Gateway.Tokens.Refreshing;

/// <summary>A connection after a refresh that gave no token: nothing is blanked, the failure is noted beside what is there.</summary>
internal static class FailedConnection
{
    public static Connection Of(Connection current, RefreshRequest request, TokenFailure failure, DateTimeOffset now)
    {
        var attempts = (current.LastFailure?.Attempts ?? 0) + 1;
        var isDead = failure.Outcome == RefreshOutcome.Permanent;
        var wait = RefreshBackoff.After(attempts, failure.RetryAfter, Random.Shared.NextDouble());
        return NoteRejection(current, request) with
        {
            // A connection that its first refresh should have made is stored all the same: its backoff is shared.
            Generation = Math.Max(1, current.Generation),
            DeadSince = isDead ? now : null,
            LastFailure = new(failure.Outcome, failure.Reason, now, attempts, isDead ? DateTimeOffset.MaxValue : now + wait),
        };
    }

    public static bool IsRejectionNoted(Connection current, RefreshRequest request) =>
        request.Trigger != RefreshTrigger.Rejected
        || current.Generation != request.Generation
        || current.RejectedGeneration == request.Generation;

    /// <summary>The token that a third party refused, and that no refresh replaced, is not usable any more.</summary>
    public static Connection NoteRejection(Connection current, RefreshRequest request) =>
        IsRejectionNoted(current, request) ? current : current with { RejectedGeneration = request.Generation };
}
