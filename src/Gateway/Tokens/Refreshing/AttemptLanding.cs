using Gateway.Model;

namespace Gateway.Tokens.Refreshing;

/// <summary>One try to bring the end of an attempt into the store, by compare-and-set on what it may replace.</summary>
internal sealed class AttemptLanding(IConnectionStore store)
{
    private static readonly TimeSpan FenceLease = TimeSpan.FromSeconds(10);

    /// <summary>Under the lease, with what was just read: the compare-and-set alone decides, and only a refusal is looked into.</summary>
    /// <exception cref="StoreUnavailableException">The store can't answer.</exception>
    public async Task<SaveOutcome> TryWriteAsync(AttemptEnd end)
    {
        if (await store.TryWriteAsync(end.Next, end.ExpectedGeneration, CancellationToken.None) is not null)
        {
            return SaveOutcome.Saved;
        }

        return end.Fits(await store.ReadAsync(end.Id, CancellationToken.None)) ? SaveOutcome.Unsaved : SaveOutcome.Overtaken;
    }

    /// <summary>
    /// Later, without a lease: looks first whether the end still fits. If it does not, the store's word stands: the connection was removed or
    /// replaced, or an earlier try landed and its answer was lost. If it does and is refused all the same, somebody with a newer lease has left
    /// a note on the old grant (that the refresh was interrupted, say): the end is better than the note, and is written with a newer fence.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The store can't answer.</exception>
    public async Task<SaveOutcome> TryLandAsync(AttemptEnd end)
    {
        var stored = await store.ReadAsync(end.Id, CancellationToken.None);
        if (!end.Fits(stored))
        {
            return SaveOutcome.Overtaken;
        }

        return await store.TryWriteAsync(end.Next, stored?.Generation ?? 0, CancellationToken.None) is not null || await TryOutrankAsync(end)
            ? SaveOutcome.Saved
            : SaveOutcome.Unsaved;
    }

    /// <summary>
    /// Takes an intent out that may have come in, or may still: while the lease is held nobody takes it for an interruption, and once the
    /// lease is given back it can't come in any more. Unsaved: it did in between.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The store can't answer.</exception>
    public async Task<SaveOutcome> TryTakeBackAsync(AttemptEnd end, Lease lease)
    {
        var outcome = await TryLandAsync(end);
        await store.ReleaseAsync(lease, CancellationToken.None);
        return end.Fits(await store.ReadAsync(end.Id, CancellationToken.None)) ? SaveOutcome.Unsaved : outcome;
    }

    /// <summary>A given grant, on top of whatever refreshes have made of the one that it replaces.</summary>
    /// <returns>What is stored when it was saved. Unsaved: another writer came first, and is to be looked at.</returns>
    /// <exception cref="StoreUnavailableException">The store can't answer.</exception>
    public async Task<(SaveOutcome Outcome, Connection? Stored)> TryGiveAsync(AttemptEnd given)
    {
        var stored = await store.ReadAsync(given.Id, CancellationToken.None);
        if (!given.Fits(stored))
        {
            // Either an earlier try landed and its answer was lost, or somebody else's word stands.
            return given.IsIn(stored) ? (SaveOutcome.Saved, stored) : (SaveOutcome.Overtaken, null);
        }

        var end = given.On(stored);
        var written = await store.TryWriteAsync(end.Next, end.ExpectedGeneration, CancellationToken.None);
        return (written is null ? SaveOutcome.Unsaved : SaveOutcome.Saved, written);
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
}
