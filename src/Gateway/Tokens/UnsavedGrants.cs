using System.Collections.Concurrent;

using Gateway.Credentials;
using Gateway.Observability;

namespace Gateway.Tokens;

/// <summary>
/// Grants that the provider rotated and the store did not take: each is written again, ever more patiently, until it lands or turns
/// out to have been removed or replaced. Meanwhile the snapshot serves its token, and no new refresh of it begins.
/// </summary>
internal sealed partial class UnsavedGrants(
    IConnectionStore store, TimeProvider clock, GatewayMetrics metrics, ILogger<UnsavedGrants> logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FenceLease = TimeSpan.FromSeconds(10);

    // Added by the one refresh of a connection, removed by whichever attempt settles it.
    private readonly ConcurrentDictionary<ConnectionId, Unsaved> _unsaved = new();

    public IEnumerable<Task> Pending => _unsaved.Select(static pair => pair.Value.Settled);

    /// <summary>Keeps a grant until the store has it.</summary>
    /// <param name="next">What the refresh made.</param>
    /// <param name="expectedGeneration">What it replaces.</param>
    /// <returns>Completes when there is nothing left to save.</returns>
    public Task Keep(Connection next, long expectedGeneration)
    {
        var unsaved = new Unsaved(next, expectedGeneration);
        _unsaved[next.Id] = unsaved;
        metrics.UnsavedGrants(+1);
        Log.Kept(logger, next.Id.Provider, next.Id.Name, next.Generation);
        _ = WriteUntilSettledAsync(unsaved);
        return unsaved.Settled;
    }

    /// <summary>False while something of this connection is unsaved: the stored grant is spent and must not be presented.</summary>
    public async Task<bool> TrySettleAsync(ConnectionId id) =>
        !_unsaved.TryGetValue(id, out var unsaved) || await TrySettleAsync(unsaved);

    private async Task WriteUntilSettledAsync(Unsaved unsaved)
    {
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            await Task.Delay(pause * (0.8 + (0.4 * Random.Shared.NextDouble())), clock);
            if (unsaved.Settled.IsCompleted || await TrySettleAsync(unsaved))
            {
                return;
            }
        }
    }

    private async Task<bool> TrySettleAsync(Unsaved unsaved)
    {
        try
        {
            var written = await store.TryWriteAsync(unsaved.Next, unsaved.ExpectedGeneration, CancellationToken.None);
            var settled = written is not null || await TrySettleConflictAsync(unsaved);
            if (settled && _unsaved.TryRemove(new(unsaved.Next.Id, unsaved)))
            {
                metrics.UnsavedGrants(-1);
                Log.Settled(logger, unsaved.Next.Id.Provider, unsaved.Next.Id.Name, unsaved.Next.Generation);
                unsaved.Settle();
            }

            return settled;
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
    }

    // Removed or replaced, or an earlier attempt landed and its answer was lost: the store's word stands. But when grant and token
    // are the old ones still, somebody with a newer lease merely left a note on them (a refusal of the grant that is spent, say):
    // what is held here is better, and needs a newer fence to be taken.
    private async Task<bool> TrySettleConflictAsync(Unsaved unsaved)
    {
        var id = unsaved.Next.Id;
        var stored = await store.ReadAsync(id, CancellationToken.None);
        if (stored?.Generation != unsaved.ExpectedGeneration)
        {
            return true;
        }

        if (await store.TryLeaseAsync(id, FenceLease, CancellationToken.None) is not { } lease)
        {
            return false;
        }

        var next = unsaved.Next with { Fence = lease.Fence };
        var written = await store.TryWriteAsync(next, unsaved.ExpectedGeneration, CancellationToken.None);
        await store.ReleaseAsync(lease, CancellationToken.None);
        return written is not null;
    }

    private sealed class Unsaved(Connection next, long expectedGeneration)
    {
        private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Connection Next => next;

        public long ExpectedGeneration => expectedGeneration;

        public Task Settled => _settled.Task;

        public void Settle() => _settled.TrySetResult();
    }

    private static partial class Log
    {
        [LoggerMessage(2010, LogLevel.Warning,
            "Connection {Provider}/{Connection}: generation {Generation} is not stored; it serves from memory and is written again.")]
        public static partial void Kept(ILogger logger, string provider, string connection, long generation);

        [LoggerMessage(2011, LogLevel.Information, "Connection {Provider}/{Connection}: generation {Generation} is unsaved no longer.")]
        public static partial void Settled(ILogger logger, string provider, string connection, long generation);
    }
}
