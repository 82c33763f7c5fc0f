using Gateway.Model;

namespace Gateway.Tokens.Refreshing;

/// <summary>What became of a grant that an owner gave.</summary>
/// <param name="Connection">What is stored now, or will be unless another writer is faster.</param>
/// <param name="Landing">
/// Completes when the store has it, or has something else that stands above it: then with <see cref="SaveOutcome.Overtaken"/>. While the
/// store does not answer it is under way.
/// </param>
internal sealed record GivenGrant(Connection Connection, Task<SaveOutcome> Landing)
{
    public bool IsOvertaken => Landing is { IsCompletedSuccessfully: true, Result: SaveOutcome.Overtaken };
}

/// <summary>
/// Puts a grant that an owner gave in the place of what was stored at that time. It exists once, as a rotated one does, so it is kept as
/// those are: in the journal before the store is asked, and in memory until the store has it.
/// </summary>
internal sealed class GivenGrants(GrantOutbox outbox, IInstanceRegistry instances, TimeProvider clock)
{
    /// <param name="content">Its place, grant, token, fields and scopes; all else starts afresh.</param>
    /// <param name="before">What was stored before the grant was asked for; null when nothing was.</param>
    public async Task<GivenGrant> SaveAsync(Connection content, Connection? before)
    {
        var now = clock.GetUtcNow();
        var next = content with { Generation = (before?.Generation ?? 0) + 1, Fence = before?.Fence ?? 0, ConnectedAt = now };
        var write = new PendingWrite(next, before?.Generation ?? 0, AttemptId.New(instances.Id), (before?.Grant ?? Grant.None).Digest())
        {
            Since = now,
            IsGiven = true,
            Replaced = before?.ConnectedAt,
        };
        var (stored, landing) = await outbox.GiveAsync(write);
        return new GivenGrant(stored, landing);
    }
}

/// <summary>Puts what an operator or an owner brought in the place of what is stored, also while refreshes write.</summary>
internal sealed class ConnectionWriter(IConnectionStore store)
{
    // Each lost round means that another writer came in between; a refresh does so once in a token's life.
    private const int Rounds = 8;

    /// <param name="id">The connection.</param>
    /// <param name="content">Grant, token, fields and scopes; all else starts afresh.</param>
    /// <param name="cancellationToken">Ends the attempts.</param>
    /// <returns>What is stored now, and whether nothing was before; null when other writers were faster every time.</returns>
    public async Task<(Connection Stored, bool Created)?> ReplaceAsync(ConnectionId id, Connection content, CancellationToken cancellationToken)
    {
        for (var round = 0; round < Rounds; round++)
        {
            var before = await store.ReadAsync(id, cancellationToken);
            var generation = before?.Generation ?? 0;

            // The fence stays: a refresh that is under way was leased a newer one, and fails on the generation instead.
            var next = content with { Id = id, Generation = generation + 1, Fence = before?.Fence ?? 0 };
            if (await store.TryWriteAsync(next, generation, cancellationToken) is { } stored)
            {
                return (stored, before is null);
            }
        }

        return null;
    }
}
