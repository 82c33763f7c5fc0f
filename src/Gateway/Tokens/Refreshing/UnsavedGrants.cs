using System.Collections.Concurrent;

using Gateway.Credentials;
using Gateway.Observability;

namespace Gateway.Tokens.Refreshing;

/// <summary>
/// Sees to it that the end of an attempt lands: in the journal first, then in the store by one compare-and-set, and when that does not
/// answer again and again, ever more patiently, until it has it or holds something else. Meanwhile the snapshot serves a renewed
/// token, and no new refresh of its connection begins.
/// </summary>
internal sealed partial class UnsavedGrants(
    IConnectionStore store, IGrantJournal journal, TimeProvider clock, GatewayMetrics metrics, ILogger<UnsavedGrants> logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FenceLease = TimeSpan.FromSeconds(10);

    // Added by the one refresh of a connection, or by the start; removed by whichever attempt settles it.
    private readonly ConcurrentDictionary<ConnectionId, Unsaved> _unsaved = new();

    public IEnumerable<Task> Pending => _unsaved.Select(static pair => pair.Value.Settled);

    /// <summary>Saves the end of an attempt. While it is unsaved, the lease is held: nobody presents the spent grant.</summary>
    public async Task<SaveOutcome> SaveAsync(AttemptEnd end, HeldLease lease)
    {
        journal.Keep(end);
        var outcome = await TryWriteAsync(end);
        if (outcome == SaveOutcome.Unsaved)
        {
            lease.HoldUntil(Keep(new(end, releaseFirst: null)));
        }
        else
        {
            journal.Drop(end);
        }

        return outcome;
    }

    /// <summary>An intent that may have been stored and that no call followed: it is taken out as soon as the store answers.</summary>
    /// <param name="end">What was before it.</param>
    /// <param name="lease">Given back first, so that the intent can't be stored belatedly.</param>
    public void TakeBack(AttemptEnd end, Lease lease)
    {
        journal.Keep(end);
        _ = Keep(new(end, lease));
    }

    /// <summary>Goes on with what an earlier process left in the journal.</summary>
    /// <returns>Completes after the first attempt, whether it landed or not.</returns>
    public async Task ResumeAsync(AttemptEnd end)
    {
        var unsaved = new Unsaved(end, releaseFirst: null);
        if (!await TrySettleAsync(unsaved))
        {
            _ = Keep(unsaved);
        }
    }

    /// <summary>False while something of this connection is unsaved: the stored grant is spent and must not be presented.</summary>
    public async Task<bool> TrySettleAsync(ConnectionId id) =>
        !_unsaved.TryGetValue(id, out var unsaved) || await TrySettleAsync(unsaved);

    private Task Keep(Unsaved unsaved)
    {
        var end = unsaved.End;
        _unsaved[end.Id] = unsaved;
        journal.Sync(end);
        if (end.IsRenewal)
        {
            metrics.UnsavedGrants(+1);
            Log.Kept(logger, end.Id.Provider, end.Id.Name, end.Next.Generation);
        }

        _ = WriteUntilSettledAsync(unsaved);
        return unsaved.Settled;
    }

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

    // Under the lease, with what was just read: the compare-and-set alone decides, and only a refusal is looked into.
    private async Task<SaveOutcome> TryWriteAsync(AttemptEnd end)
    {
        try
        {
            if (await store.TryWriteAsync(end.Next, end.ExpectedGeneration, CancellationToken.None) is not null)
            {
                return SaveOutcome.Saved;
            }

            return end.Fits(await store.ReadAsync(end.Id, CancellationToken.None)) ? SaveOutcome.Unsaved : SaveOutcome.Overtaken;
        }
        catch (Exception e)
        {
            Report(end, e);
            return SaveOutcome.Unsaved;
        }
    }

    private async Task<bool> TrySettleAsync(Unsaved unsaved)
    {
        try
        {
            var settled = await TryLandAsync(unsaved);
            if (settled)
            {
                Settle(unsaved);
            }

            return settled;
        }
        catch (Exception e)
        {
            Report(unsaved.End, e);
            return false;
        }
    }

    // Removed or replaced, or an earlier attempt landed and its answer was lost: the store's word stands. But when grant and token
    // are the old ones still, somebody with a newer lease merely left a note on them (that the refresh was interrupted, say): what
    // is held here is better, and needs a newer fence to be taken.
    private async Task<bool> TryLandAsync(Unsaved unsaved)
    {
        var (end, releaseFirst) = (unsaved.End, unsaved.ReleaseFirst);
        if (releaseFirst is not null)
        {
            await store.ReleaseAsync(releaseFirst, CancellationToken.None);
        }

        var stored = await store.ReadAsync(end.Id, CancellationToken.None);
        return !end.Fits(stored)
            || await store.TryWriteAsync(end.Next, stored?.Generation ?? 0, CancellationToken.None) is not null
            || await TryOutrankAsync(end);
    }

    private async Task<bool> TryOutrankAsync(AttemptEnd end)
    {
        if (await store.TryLeaseAsync(end.Id, FenceLease, CancellationToken.None) is not { } lease)
        {
            return false;
        }

        // Read once more: what was noted under the other lease is final only now.
        var stored = await store.ReadAsync(end.Id, CancellationToken.None);
        var written = end.Fits(stored)
            && await store.TryWriteAsync(end.Next with { Fence = lease.Fence }, stored?.Generation ?? 0, CancellationToken.None) is not null;
        await store.ReleaseAsync(lease, CancellationToken.None);
        return written;
    }

    // A defect must not cost a grant either: whatever went wrong, it is tried again.
    private void Report(AttemptEnd end, Exception problem)
    {
        if (problem is not StoreUnavailableException)
        {
            Log.Crashed(logger, end.Id.Provider, end.Id.Name, problem);
        }
    }

    private void Settle(Unsaved unsaved)
    {
        var end = unsaved.End;
        journal.Drop(end);
        _unsaved.TryRemove(new(end.Id, unsaved));
        if (unsaved.TrySettle() && end.IsRenewal)
        {
            metrics.UnsavedGrants(-1);
            Log.Settled(logger, end.Id.Provider, end.Id.Name, end.Next.Generation);
        }
    }

    private sealed class Unsaved(AttemptEnd end, Lease? releaseFirst)
    {
        private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public AttemptEnd End => end;

        public Lease? ReleaseFirst => releaseFirst;

        public Task Settled => _settled.Task;

        /// <summary>True for one of those who settle it at the same time.</summary>
        public bool TrySettle() => _settled.TrySetResult();
    }

    private static partial class Log
    {
        [LoggerMessage(2010, LogLevel.Warning,
            "Connection {Provider}/{Connection}: generation {Generation} is not stored; it serves from memory and is written again.")]
        public static partial void Kept(ILogger logger, string provider, string connection, long generation);

        [LoggerMessage(2011, LogLevel.Information, "Connection {Provider}/{Connection}: generation {Generation} is unsaved no longer.")]
        public static partial void Settled(ILogger logger, string provider, string connection, long generation);

        [LoggerMessage(2012, LogLevel.Error, "Saving the end of a refresh of connection {Provider}/{Connection} failed unexpectedly; it is tried again.")]
        public static partial void Crashed(ILogger logger, string provider, string connection, Exception exception);
    }
}
