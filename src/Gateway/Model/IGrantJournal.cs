namespace Gateway.Model;

/// <summary>
/// The last resort for what the store has not taken: a place on this machine that the next start reads. In production files under
/// <c>Store:Path</c>, in tests memory. No member throws: without a place to write, what is unsaved lives as long as the process.
/// </summary>
public interface IGrantJournal
{
    /// <summary>From the return on, this write outlives the process, however it dies.</summary>
    void Keep(PendingWrite write);

    /// <summary>From the return on, it outlives the machine's loss of power, too; also if it could not be kept before.</summary>
    /// <returns>False when it can't be kept now: worth another try.</returns>
    bool Sync(PendingWrite write);

    /// <summary>The store has it, or nothing is left to be saved.</summary>
    void Drop(PendingWrite write);

    /// <summary>What earlier processes left behind, oldest lease first.</summary>
    /// <param name="instance">Only what this instance left; null for all.</param>
    /// <returns>False when there is something that can't be read now, as with a missing key.</returns>
    bool TryRead(string? instance, out IReadOnlyList<PendingWrite> writes);
}
