namespace Gateway.Proxy.Replay;

/// <summary>
/// Which attempt the copy loop of a body writes to, and whether what it writes is kept. Decides only; reading and writing is
/// <see cref="ReplayableBody"/>'s.
/// </summary>
internal sealed class BodyRelay(KeptBytes kept)
{
    // Guards everything below. Taken by the copy loop at each write, by the stack when it serializes or cancels, and by the handler.
    private readonly Lock _gate = new();
    private Phase _phase = Phase.Keeping;
    private BodyAttempt? _attempt;
    private TaskCompletionSource? _decision;
    private bool _copyEnded;
    private Exception? _copyError;

    private enum Phase
    {
        /// <summary>First attempt; what is written is kept.</summary>
        Keeping,

        /// <summary>A 401 is being dealt with: nothing more is written until it is known what comes next.</summary>
        Held,

        /// <summary>A second attempt may take what was kept.</summary>
        Rewound,

        /// <summary>The second attempt is being given what was kept.</summary>
        Replaying,

        /// <summary>Nothing is kept any more; writes go straight through.</summary>
        Streaming,
    }

    /// <summary>The attempt that the copy loop writes to; there is one.</summary>
    public BodyAttempt Current
    {
        get
        {
            lock (_gate)
            {
                return _attempt!;
            }
        }
    }

    /// <returns>True for the first attempt, false for the one that starts with what was kept.</returns>
    public bool Begin(BodyAttempt attempt)
    {
        lock (_gate)
        {
            if (_attempt is null)
            {
                _attempt = attempt;
                return true;
            }

            if (_phase != Phase.Rewound)
            {
                throw new InvalidOperationException("The body is being sent already.");
            }

            _phase = Phase.Replaying;
            return false;
        }
    }

    /// <summary>Called by the copy loop before it writes.</summary>
    /// <param name="data">What it is about to write.</param>
    /// <param name="isKept">True when the data has been kept.</param>
    /// <param name="held">What to wait for before writing to <see cref="Current"/>; null to write to the result at once.</param>
    public BodyAttempt Enter(ReadOnlySpan<byte> data, out bool isKept, out Task? held)
    {
        lock (_gate)
        {
            isKept = _phase == Phase.Keeping && kept.TryAppend(data);
            held = _phase is Phase.Held or Phase.Rewound or Phase.Replaying ? Decision() : null;
            if (_phase == Phase.Keeping && !isKept)
            {
                kept.Free();
                _phase = Phase.Streaming;
            }

            return _attempt!;
        }
    }

    /// <returns>False when not all that was sent so far was kept.</returns>
    public bool TryHold()
    {
        lock (_gate)
        {
            if (_phase != Phase.Keeping)
            {
                return false;
            }

            _phase = Phase.Held;
            return true;
        }
    }

    /// <returns>The attempt that is over now; null when none had begun.</returns>
    public BodyAttempt? Rewind()
    {
        lock (_gate)
        {
            _phase = Phase.Rewound;
            return _attempt;
        }
    }

    /// <returns>True when the copy loop writes to an attempt that is over, and should stop.</returns>
    public bool Release()
    {
        TaskCompletionSource? decision;
        bool isOver;
        lock (_gate)
        {
            if (_phase is Phase.Replaying or Phase.Streaming)
            {
                return false;
            }

            _phase = Phase.Streaming;
            kept.Free();
            isOver = _attempt is { Ended.IsCompleted: true };
            (decision, _decision) = (_decision, null);
        }

        decision?.TrySetResult();
        return isOver;
    }

    /// <summary>Waits for what the handler makes of an answer that came before the body was taken.</summary>
    /// <returns>True when another attempt has taken over.</returns>
    public async ValueTask<bool> IsReplayedAsync(BodyAttempt failed)
    {
        Task? decision;
        lock (_gate)
        {
            decision = _phase == Phase.Streaming ? null : Decision();
        }

        if (decision is not null)
        {
            await decision;
        }

        return !ReferenceEquals(Current, failed);
    }

    /// <summary>True when no further attempt can come after this one.</summary>
    public bool IsFinal(BodyAttempt attempt)
    {
        lock (_gate)
        {
            return _phase == Phase.Streaming && ReferenceEquals(attempt, _attempt);
        }
    }

    /// <summary>The copy loop is done; a second attempt that comes later ends with what was kept.</summary>
    public void EndCopy(Exception? error)
    {
        BodyAttempt attempt;
        lock (_gate)
        {
            (_copyEnded, _copyError) = (true, error);
            attempt = _attempt!;
        }

        attempt.End(error);
    }

    /// <summary>The second attempt has what was kept; from here on the copy loop writes to it.</summary>
    public void GoOnInto(BodyAttempt attempt)
    {
        TaskCompletionSource? decision;
        bool copyEnded;
        lock (_gate)
        {
            kept.Free();
            (_phase, _attempt, copyEnded) = (Phase.Streaming, attempt, _copyEnded);
            (decision, _decision) = (_decision, null);
        }

        decision?.TrySetResult();
        if (copyEnded)
        {
            attempt.End(_copyError);
        }
    }

    // Called with the lock held.
    private Task Decision() => (_decision ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
}
