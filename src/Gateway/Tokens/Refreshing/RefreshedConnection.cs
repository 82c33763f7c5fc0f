using Gateway.Model;
using Gateway.Tokens.TokenEndpoint;

namespace Gateway.Tokens.Refreshing;

/// <summary>A connection after a token answer.</summary>
internal static class RefreshedConnection
{
    /// <param name="client">Says how long a token lives whose answer does not.</param>
    /// <param name="askedAt">A token's life is counted from before the call: rather too short than too long.</param>
    public static Connection Of(Connection current, OAuthClient client, TokenAnswer answer, DateTimeOffset askedAt) => current with
    {
        Generation = current.Generation + 1,
        TokenAge = 0,
        Token = new(answer.AccessToken, askedAt + (answer.Lifetime ?? client.DefaultLifetime)),
        Grant = GrantOf(current.Grant, client, answer),
        Scopes = answer.Scopes ?? current.Scopes,
        RefreshedAt = askedAt,
        RefreshTrace = RefreshTraces.Current,
        RefreshPath = null,
        DeadSince = null,
        LastFailure = null,
        RejectedGeneration = 0,
        Intent = null,
    };

    // RFC 6749 section 6: no new refresh token means that the old one goes on. Section 4.4.3: client credentials have none.
    private static Grant GrantOf(Grant grant, OAuthClient client, TokenAnswer answer) =>
        client.Grant == OAuthGrant.ClientCredentials || answer.RefreshToken.IsEmpty
            ? grant
            : grant with { RefreshToken = answer.RefreshToken };
}

/// <summary>
/// A connection after a refresh that gave no token: nothing is blanked, the failure is noted beside what is there. A new grant that came
/// all the same takes the old one's place.
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
            // A connection whose first refresh fails is stored too, so that all instances share its backoff.
            Generation = Math.Max(1, current.Generation),
            DeadSince = isDead ? now : null,
            Intent = isDead ? null : current.Intent,
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

    // The generation grows, so that no instance and no store that went back in time takes the old grant for the newest. The token is what
    // it was.
    private static Connection Regrant(Connection failed, Secret grant) => failed with
    {
        Generation = failed.Generation + 1,
        Intent = null,
        TokenAge = failed.TokenAge + 1,
        Grant = failed.Grant with { RefreshToken = grant },
    };
}
