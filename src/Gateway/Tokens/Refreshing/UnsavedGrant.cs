using Gateway.Model;

namespace Gateway.Tokens.Refreshing;

/// <summary>The end of an attempt that the store has not got yet.</summary>
/// <param name="end">What is to be written.</param>
/// <param name="lease">Of an intent that is taken back: given back with it. Null for what is to be saved.</param>
internal sealed class UnsavedGrant(AttemptEnd end, Lease? lease)
{
    private readonly TaskCompletionSource<SaveOutcome> _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public AttemptEnd End => end;

    public Lease? Lease => lease;

    /// <summary>True once the journal has it. Used by whoever writes it again and again.</summary>
    public bool IsKept { get; set; }

    public Task<SaveOutcome> Settled => _settled.Task;

    /// <summary>True for one of those who settle it at the same time.</summary>
    public bool TrySettle(SaveOutcome outcome) => _settled.TrySetResult(outcome);
}
