using Gateway.Model;

namespace Gateway.Tokens.Refreshing;

/// <summary>Puts what an operator or an owner brought in the place of what is stored, also while refreshes write.</summary>
internal sealed class ConnectionWriter(IConnectionStore store)
{
    // Each lost round means that another writer came in between; a refresh does so once in a token's life.
    private const int Rounds = 8;

    /// <param name="content">Grant, token, fields and scopes; all else starts afresh.</param>
    /// <returns>What is stored now, and whether nothing was before; null when other writers were faster every time.</returns>
    public async Task<(Connection Stored, bool Created)?> ReplaceAsync(
        ConnectionId id, Connection content, CancellationToken cancellationToken)
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
