using Gateway.Model;

namespace Gateway.Tokens.Refreshing;

/// <summary>What the stored connection says about a refresh that is asked for.</summary>
internal static class RefreshVerdict
{
    /// <returns>The end of the refresh without a call; null when the token endpoint is to be asked.</returns>
    public static RefreshResult? Of(RefreshRequest request, Connection? stored, DateTimeOffset now)
    {
        if (stored is null)
        {
            return request.MayCreate ? AlarmOf(request, stored) : RefreshResult.NotFound;
        }

        // 401 rule 2: somebody else was faster.
        if (stored.TokenGeneration > request.Generation && stored.HasUsableToken(now))
        {
            return RefreshResult.Adopted(stored);
        }

        return IsBarred(request, stored, now) && !InterruptedRefresh.MayGoOn(request, stored)
            ? RefreshResult.Remembered(stored, now)
            : AlarmOf(request, stored);
    }

    private static RefreshResult? AlarmOf(RefreshRequest request, Connection? stored) =>
        request.Alarm is { } alarm ? RefreshResult.Alarmed(stored, alarm) : null;

    // A dead grant was presented once and is not presented again. An operator may ask before the backoff ends: he may have
    // mended what was broken. So may he who has changed the client that was refused.
    private static bool IsBarred(RefreshRequest request, Connection stored, DateTimeOffset now) =>
        stored.DeadSince is not null
        || (stored.LastFailure is { } failure && failure.RetryAt > now && request.Trigger != RefreshTrigger.Manual && !IsOutdated(failure, request));

    private static bool IsOutdated(RefreshFailure failure, RefreshRequest request) =>
        failure.Outcome == RefreshOutcome.Configuration && failure.At < request.ClientSince;
}
