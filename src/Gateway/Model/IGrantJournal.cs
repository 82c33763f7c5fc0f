namespace Gateway.Model;

/// <summary>
/// The last resort for what the store has not taken: a place on this machine that the next start reads. In production files under
/// <c>Store:Path</c>, in tests memory. No member throws: without a place to write, what is unsaved lives as long as the process.
/// </summary>
public interface IGrantJournal
{
    /// <summary>From the return on, the end of this attempt outlives the process, however it dies.</summary>
    void Keep(AttemptEnd end);

    /// <summary>From the return on, what was kept outlives the machine's loss of power, too; what could not be kept is, if it can be now.</summary>
    /// <returns>False when it still can't be: worth another try.</returns>
    bool Sync(AttemptEnd end);

    /// <summary>The store has it, or nothing is left to be saved.</summary>
    void Drop(AttemptEnd end);

    /// <summary>What earlier processes left behind and this one can read, oldest lease first.</summary>
    IReadOnlyList<AttemptEnd> Read();
}
