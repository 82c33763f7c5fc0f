using Gateway.Model;
using Gateway.Store.Records;

namespace Gateway.Store.Listing;

/// <summary>What the index says of one connection. Status follows from it at any later moment, with nothing to be updated as time goes by.</summary>
/// <param name="Exists">False after a removal.</param>
/// <param name="IsDead">The grant is dead.</param>
/// <param name="FailingFrom">Unix milliseconds from which on it counts as unavailable; null when its last refresh did not fail, or it is dead.</param>
/// <param name="ExpiresAt">Unix milliseconds at which its token expires; null without a token, and with one that never expires.</param>
/// <param name="DueAt">Unix milliseconds at which it is to be renewed unasked; null when it is not.</param>
internal readonly record struct IndexEntry(bool Exists, bool IsDead, double? FailingFrom, double? ExpiresAt, double? DueAt)
{
    /// <param name="stored">Null for nothing and for a tombstone.</param>
    /// <param name="client">How the provider in force renews; null when it does not, or is not configured.</param>
    public static IndexEntry Of(StoredRecord? stored, OAuthClient? client)
    {
        if (stored is not { Body: var body } record)
        {
            return default;
        }

        var isDead = body.DeadSince is not null;
        var isRejected = record.IsRejected;
        double? expiry = body.ExpiresAt?.ToUnixTimeMilliseconds();
        return new IndexEntry(
            Exists: true,
            isDead,
            body.LastFailure is null || isDead ? null : isRejected ? 0 : expiry ?? 0,
            body.ExpiresAt == DateTimeOffset.MaxValue ? null : expiry,
            DueOf(record, client));
    }

    /// <summary>Jittered anew each time: what was renewed together is not renewed together again.</summary>
    public static double? DueOf(StoredRecord record, OAuthClient? client)
    {
        var terms = new RenewalTerms
        {
            IsDead = record.Body.DeadSince is not null,
            HasRefreshToken = record.Body.SealedRefreshToken is not null,
            IsRejected = record.IsRejected,
            ExpiresAt = record.Body.ExpiresAt,
            RefreshedAt = record.Body.RefreshedAt,
            RetryAt = record.Body.LastFailure?.RetryAt,
        };

        // Never below 0: negative scores are no moments (RenewalScripts.Sweep).
        return terms.UnaskedAt(client, Random.Shared.NextDouble()) is { } due ? Math.Max(0, due.ToUnixTimeMilliseconds()) : null;
    }
}
