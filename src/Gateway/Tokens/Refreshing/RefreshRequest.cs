using System.Diagnostics;

using Gateway.Model;
using Gateway.Tokens.Circuit;

namespace Gateway.Tokens.Refreshing;

/// <summary>What a refresh is asked for.</summary>
/// <param name="Generation">
/// Whose token no longer does, or soon will not (<see cref="Model.Connection.TokenGeneration"/>): a newer one that is usable answers the
/// request without a call. 0 when nothing is stored.
/// </param>
internal sealed record RefreshRequest(Provider Provider, ConnectionId Connection, RefreshTrigger Trigger, long Generation)
{
    /// <summary>The span of the request that started the refresh; default for one in the background.</summary>
    public ActivityContext Parent { get; init; }

    /// <summary>What the third party refused; null when it refused nothing.</summary>
    public Credential? Refused { get; init; }

    /// <summary>
    /// Method and path that the third party refused, from <see cref="RejectionLimits.KeyOf"/>; null when it refused nothing.
    /// </summary>
    public string? Path { get; init; }

    /// <summary>
    /// The open circuit of the provider: look only, and start nothing. Null when it is closed, or when this request may call all the same.
    /// </summary>
    public OpenCircuit? Alarm { get; init; }

    /// <summary>Since when the client is configured as it is now: an earlier refusal was about another configuration.</summary>
    public DateTimeOffset ClientSince { get; init; }

    /// <summary>
    /// True when a connection that is not stored is made by its first refresh: client credentials need nothing but the provider.
    /// </summary>
    public bool MayCreate =>
        Connection.Name == ConnectionId.DefaultName
        && Provider is { OAuth.Grant: OAuthGrant.ClientCredentials, Fields.Count: 0 }
        && !Provider.SecretFields.Any();

    /// <summary>The same with the state of the provider's circuit, which does not stop an operator.</summary>
    public RefreshRequest With(ProviderCircuit circuit) =>
        this with { ClientSince = circuit.Since, Alarm = Trigger == RefreshTrigger.Manual ? null : circuit.Open };

    /// <summary>True when the answer to <paramref name="other"/> is the answer to this one, whatever it says.</summary>
    public bool Covers(RefreshRequest other) =>
        Generation >= other.Generation && (Trigger == other.Trigger || other.Trigger == RefreshTrigger.Expiry);
}

/// <summary>What a stored connection says about a refresh that is asked for.</summary>
internal static class RefreshVerdict
{
    /// <returns>The end of the refresh without a call; null when the token endpoint is to be asked.</returns>
    public static RefreshResult? Of(RefreshRequest request, Connection? stored, DateTimeOffset now)
    {
        if (stored is null)
        {
            return request.MayCreate ? AlarmOf(request, stored) : RefreshResult.NotFound;
        }

        // 401 rule 2: another request or instance was faster.
        if (stored.TokenGeneration > request.Generation && stored.HasUsableToken(now))
        {
            return RefreshResult.Adopted(stored);
        }

        return IsBarred(request, stored, now) ? RefreshResult.Remembered(stored, now) : AlarmOf(request, stored);
    }

    private static RefreshResult? AlarmOf(RefreshRequest request, Connection? stored) =>
        request.Alarm is { } alarm ? RefreshResult.Alarmed(stored, alarm) : null;

    // A dead grant was presented once and is not presented again. An operator may ask before the backoff ends, having mended what was
    // broken; so may a caller after the client that was refused has been configured anew.
    private static bool IsBarred(RefreshRequest request, Connection stored, DateTimeOffset now) => stored.DeadSince is not null
        ? !IsUntried(request, stored)
        : stored.LastFailure is { IsBackoff: true } failure && failure.RetryAt > now && request.Trigger != RefreshTrigger.Manual
            && !IsOutdated(failure, request);

    // Older versions gave an interrupted connection up without presenting its grant again.
    private static bool IsUntried(RefreshRequest request, Connection stored) =>
        request.Trigger == RefreshTrigger.Manual && stored is { Intent: not null, LastFailure.Reason: RefreshFailure.Interrupted };

    private static bool IsOutdated(RefreshFailure failure, RefreshRequest request) =>
        failure.Outcome == RefreshOutcome.Configuration && failure.At < request.ClientSince;
}
