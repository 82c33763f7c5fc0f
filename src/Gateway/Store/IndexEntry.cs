namespace Gateway.Store;

/// <summary>What the index says of one connection. Status follows from it at any later moment, with nothing to be updated as time goes by.</summary>
/// <param name="Exists">False after a removal.</param>
/// <param name="IsDead">The grant is dead.</param>
/// <param name="FailingFrom">Unix milliseconds from which on it counts as unavailable; null when its last refresh did not fail, or it is dead.</param>
/// <param name="ExpiresAt">Unix milliseconds at which its token expires; null without a token, and with one that never expires.</param>
internal readonly record struct IndexEntry(bool Exists, bool IsDead, double? FailingFrom, double? ExpiresAt)
{
    public static IndexEntry Of(StoredRecord? stored)
    {
        if (stored is not { Body: var body } record)
        {
            return default;
        }

        var isDead = body.DeadSince is not null;
        var isRejected = body.RejectedGeneration == record.Generation;
        double? expiry = body.ExpiresAt?.ToUnixTimeMilliseconds();
        return new IndexEntry(
            Exists: true,
            isDead,
            body.LastFailure is null || isDead ? null : isRejected ? 0 : expiry ?? 0,
            body.ExpiresAt == DateTimeOffset.MaxValue ? null : expiry);
    }
}
