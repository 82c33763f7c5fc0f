using System.Collections.Concurrent;

using Gateway.Model;

namespace Gateway.Tokens.Refreshing;

/// <summary>
/// Makes sure that the end of an attempt is stored. It goes into the journal first, then into the store by one compare-and-set; while the
/// store does not answer, that is tried again with growing pauses, until the store has the end or holds something that stands above it.
/// Meanwhile the snapshot serves a renewed token, and no new refresh of its connection begins. A grant that an owner gave serves once the
/// store has it.
/// </summary>
internal sealed class UnsavedGrants(AttemptLanding landing, IGrantJournal journal, UnsavedGrantEvents events, TimeProvider clock)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    // So many other writers may come first before a given grant is left to the background; a refresh writes once in a token's life.
    private const int Rounds = 8;

    // Added by the one refresh of a connection, by an owner's consent, or by the start; removed by whichever attempt settles it.
    private readonly ConcurrentDictionary<(ConnectionId Id, bool IsGiven), UnsavedGrant> _unsaved = new();

    public IEnumerable<Task> Pending => _unsaved.Select(static pair => pair.Value.Settled);

    /// <summary>Saves the end of an attempt. While it is unsaved, the lease is held: nobody presents the spent grant.</summary>
    public async Task<SaveOutcome> SaveAsync(AttemptEnd end, HeldLease lease)
    {
        journal.Keep(end);
        var outcome = await TryAsync(end, () => landing.TryWriteAsync(end), SaveOutcome.Unsaved);
        if (outcome == SaveOutcome.Unsaved)
        {
            lease.HoldUntil(Keep(new(end, lease: null)));
        }
        else
        {
            journal.Drop(end);
        }

        return outcome;
    }

    /// <summary>Saves a grant that an owner gave.</summary>
    public async Task<GivenGrant> SaveAsync(AttemptEnd given)
    {
        journal.Keep(given);
        var (outcome, stored) = await TryGiveAsync(given);
        if (outcome == SaveOutcome.Unsaved)
        {
            return new(given.Next, Keep(new(given, lease: null)));
        }

        journal.Drop(given);
        return new(stored ?? given.Next, Task.FromResult(outcome));
    }

    /// <summary>An intent that may have been stored and that no call followed: it is taken out as soon as the store answers.</summary>
    /// <param name="end">What was before it.</param>
    /// <param name="lease">Under which it was asked for; to be held until the returned task completes.</param>
    public Task TakeBack(AttemptEnd end, Lease lease)
    {
        journal.Keep(end);
        return Keep(new(end, lease));
    }

    /// <summary>Goes on with what an earlier process left in the journal.</summary>
    /// <returns>Completes after the first attempt, whether it landed or not.</returns>
    public async Task ResumeAsync(AttemptEnd end)
    {
        var unsaved = new UnsavedGrant(end, lease: null);
        if (!await TrySettleAsync(unsaved))
        {
            _ = Keep(unsaved);
        }
    }

    /// <summary>False while something of this connection is unsaved: the stored grant is spent, or replaced, and must not be presented.</summary>
    public async Task<bool> TrySettleAsync(ConnectionId id) =>
        await TrySettleAsync(id, isGiven: false) && await TrySettleAsync(id, isGiven: true);

    private async Task<bool> TrySettleAsync(ConnectionId id, bool isGiven) =>
        !_unsaved.TryGetValue((id, isGiven), out var unsaved) || await TrySettleAsync(unsaved);

    private Task<(SaveOutcome Outcome, Connection? Stored)> TryGiveAsync(AttemptEnd given) =>
        TryAsync(given, () => GiveAsync(given), (SaveOutcome.Unsaved, null));

    private async Task<(SaveOutcome Outcome, Connection? Stored)> GiveAsync(AttemptEnd given)
    {
        var result = await landing.TryGiveAsync(given);
        for (var round = 1; round < Rounds && result.Outcome == SaveOutcome.Unsaved; round++)
        {
            result = await landing.TryGiveAsync(given);
        }

        return result;
    }

    // A defect must not cost a grant either: whatever went wrong, it is tried again.
    private async Task<T> TryAsync<T>(AttemptEnd end, Func<Task<T>> attempt, T unsaved)
    {
        try
        {
            return await attempt();
        }
        catch (Exception e)
        {
            if (e is not StoreUnavailableException)
            {
                events.Crashed(end, e);
            }

            return unsaved;
        }
    }

    private Task<SaveOutcome> Keep(UnsavedGrant unsaved)
    {
        var end = unsaved.End;

        // Of two grants that were given while the store was away, the later stands.
        if (end.IsGiven && _unsaved.TryGetValue((end.Id, end.IsGiven), out var earlier))
        {
            Settle(earlier, SaveOutcome.Overtaken);
        }

        _unsaved[(end.Id, end.IsGiven)] = unsaved;
        unsaved.IsKept = journal.Sync(end);
        events.Kept(end);
        _ = WriteUntilSettledAsync(unsaved);
        return unsaved.Settled;
    }

    private async Task WriteUntilSettledAsync(UnsavedGrant unsaved)
    {
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            await Task.Delay(pause * (0.8 + (0.4 * Random.Shared.NextDouble())), clock);
            if (unsaved.Settled.IsCompleted || await TrySettleAsync(unsaved))
            {
                // Once more: it may have been settled while it was kept below.
                journal.Drop(unsaved.End);
                return;
            }

            // The disk may have room by now.
            unsaved.IsKept = unsaved.IsKept || journal.Sync(unsaved.End);
        }
    }

    private async Task<bool> TrySettleAsync(UnsavedGrant unsaved)
    {
        var end = unsaved.End;
        var outcome = end.IsGiven
            ? (await TryGiveAsync(end)).Outcome
            : await TryAsync(
                end, () => unsaved.Lease is { } lease ? landing.TryTakeBackAsync(end, lease) : landing.TryLandAsync(end), SaveOutcome.Unsaved);
        if (outcome == SaveOutcome.Unsaved)
        {
            return false;
        }

        Settle(unsaved, outcome);
        return true;
    }

    private void Settle(UnsavedGrant unsaved, SaveOutcome outcome)
    {
        var end = unsaved.End;
        journal.Drop(end);
        _unsaved.TryRemove(new((end.Id, end.IsGiven), unsaved));
        if (unsaved.TrySettle(outcome))
        {
            events.Settled(end, outcome);
        }
    }
}
