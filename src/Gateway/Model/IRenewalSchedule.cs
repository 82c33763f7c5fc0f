using System.Runtime.InteropServices;

namespace Gateway.Model;

/// <summary>
/// The connections of a provider in the order in which their tokens are due to be renewed, shared by all instances. It may be wrong for a
/// while: the record decides. Every member throws <see cref="StoreUnavailableException"/> when the store can't answer in time.
/// </summary>
public interface IRenewalSchedule
{
    /// <summary>
    /// Claims at most <paramref name="limit"/> due connections in one step: one of several instances gets each. A claim ends after
    /// <paramref name="period"/>, which is longer than a refresh, so that the claims of an instance that dies are not lost.
    /// </summary>
    ValueTask<RenewalBatch> ClaimAsync(string provider, int limit, TimeSpan period, CancellationToken cancellationToken);

    /// <summary>Sets the time of a claimed connection that is not due to what its record says, or removes it.</summary>
    ValueTask CorrectAsync(ConnectionId id, CancellationToken cancellationToken);
}

/// <summary>Renewals that one instance claimed.</summary>
/// <param name="Due">The most overdue first.</param>
/// <param name="NextAt">When the next one is due; <see cref="DateTimeOffset.MaxValue"/> when there is none.</param>
public sealed record RenewalBatch(IReadOnlyList<ConnectionId> Due, DateTimeOffset NextAt);

/// <summary>Decides when a token is renewed ahead of its expiry. No member is secret: the index is kept without a key.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct RenewalTerms
{
    // Of the renewal margin, so that tokens that were minted together are not renewed together.
    private const double JitterShare = 0.2;

    // Tokens that expire at once are renewed only on request: renewal in the background would not end.
    private static readonly TimeSpan ShortestLifetime = TimeSpan.FromSeconds(1);

    public bool IsDead { get; init; }

    public bool HasRefreshToken { get; init; }

    /// <summary>The third party refused the token, and no refresh could replace it yet.</summary>
    public bool IsRejected { get; init; }

    /// <summary>Null without a token.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Null when the gateway did not mint the token.</summary>
    public DateTimeOffset? RefreshedAt { get; init; }

    /// <summary>The end of the backoff; null when the last refresh did not fail.</summary>
    public DateTimeOffset? RetryAt { get; init; }

    public static RenewalTerms Of(Connection connection) => new()
    {
        IsDead = connection.DeadSince is not null,
        HasRefreshToken = !connection.Grant.RefreshToken.IsEmpty,
        IsRejected = connection.IsRejected,
        ExpiresAt = connection.Token?.ExpiresAt,
        RefreshedAt = connection.RefreshedAt,
        RetryAt = connection.LastFailure?.RetryAt,
    };

    /// <summary>When a refresh is useful: in the past when there is no usable token, never before the backoff ends.</summary>
    /// <param name="jitter">From 0 to below 1; 0 is the earliest moment.</param>
    /// <returns><see cref="DateTimeOffset.MaxValue"/> when no refresh can succeed.</returns>
    public DateTimeOffset DueAt(OAuthClient client, double jitter)
    {
        var hopeless = IsDead || (client.Grant == OAuthGrant.AuthorizationCode && !HasRefreshToken);
        if (hopeless || ExpiresAt == DateTimeOffset.MaxValue)
        {
            return DateTimeOffset.MaxValue;
        }

        var due = ExpiresAt is { } expiry && !IsRejected
            ? Before(expiry, MarginOf(expiry, client) * (1 - (JitterShare * jitter)))
            : DateTimeOffset.MinValue;
        return RetryAt > due ? RetryAt.Value : due;
    }

    /// <summary>As <see cref="DueAt"/>, for renewal that no request asks for.</summary>
    /// <returns>Null when the connection waits for a request: see <see cref="OAuthClient.RenewsUnasked"/>.</returns>
    public DateTimeOffset? UnaskedAt(OAuthClient? client, double jitter)
    {
        if (client is not { RenewsUnasked: true } || ExpiresAt - RefreshedAt <= ShortestLifetime)
        {
            return null;
        }

        var due = DueAt(client, jitter);
        return due == DateTimeOffset.MaxValue ? null : due;
    }

    // At most half of the lifetime: otherwise a token that lives five seconds would be renewed without end.
    private TimeSpan MarginOf(DateTimeOffset expiry, OAuthClient client)
    {
        var lifetime = RefreshedAt is { } since && expiry > since ? expiry - since : client.DefaultLifetime;
        return client.RefreshBeforeExpiry < lifetime / 2 ? client.RefreshBeforeExpiry : lifetime / 2;
    }

    private static DateTimeOffset Before(DateTimeOffset moment, TimeSpan span) =>
        moment - DateTimeOffset.MinValue > span ? moment - span : DateTimeOffset.MinValue;
}
