using System.Net;

namespace Gateway.Forwarding;

/// <summary>
/// A request body that can be sent twice although the caller's stream can be read once. YARP's copy loop runs once and writes
/// through here to whatever attempt is current; what it wrote is kept until the answer shows that it will not be needed.
/// After a 401 the loop is held in its next write; a second attempt gets the kept part, then the loop goes on into it.
/// </summary>
internal sealed class ReplayableBody : HttpContent
{
    private readonly HttpContent _caller;
    private readonly KeptBytes _kept;
    private readonly CancellationTokenSource _stop = new();

    // Guards everything below. Taken by the copy loop at each write, by the stack when it serializes or cancels, and by the handler.
    private readonly Lock _gate = new();
    private Phase _phase = Phase.Keeping;
    private BodyAttempt? _attempt;
    private TaskCompletionSource? _decision;
    private bool _copyEnded;
    private Exception? _copyError;

    public ReplayableBody(HttpContent caller, int limit, ReplayMemory memory)
    {
        _caller = caller;
        _kept = new KeptBytes(memory, limit);
        foreach (var header in caller.Headers.NonValidated)
        {
            Headers.TryAddWithoutValidation(header.Key, header.Value);
        }
    }

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

    /// <summary>Stops the copy loop before its next write, if all that was sent so far was kept.</summary>
    /// <returns>False when it was not: the body can't be sent again.</returns>
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

    /// <summary>Lets the next attempt start from the beginning.</summary>
    public void Rewind()
    {
        BodyAttempt? abandoned;
        lock (_gate)
        {
            _phase = Phase.Rewound;
            abandoned = _attempt;
        }

        abandoned?.End(new OperationCanceledException("The body goes to another attempt."));
    }

    /// <summary>There will be no further attempt: frees what was kept and lets the copy loop go on. May be called more than once.</summary>
    public void Release()
    {
        TaskCompletionSource? decision;
        bool abandoned;
        lock (_gate)
        {
            if (_phase is Phase.Replaying or Phase.Streaming)
            {
                return;
            }

            _phase = Phase.Streaming;
            _kept.Free();
            abandoned = _attempt is { Ended.IsCompleted: true };
            (decision, _decision) = (_decision, null);
        }

        decision?.TrySetResult();
        if (abandoned)
        {
            _stop.Cancel();
        }
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var attempt = new BodyAttempt(stream);
        var first = Begin(attempt);
        using var cancellation = cancellationToken.UnsafeRegister(
            static (state, token) => { var (body, attempt) = ((ReplayableBody, BodyAttempt))state!; body.Abandon(attempt, token); }, (this, attempt));
        if (first)
        {
            _ = CopyAsync(context);
        }
        else
        {
            await ReplayAsync(attempt, cancellationToken);
        }

        await attempt.Ended;
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Release();
        }

        base.Dispose(disposing);
    }

    private bool Begin(BodyAttempt attempt)
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

    /// <summary>One write of the copy loop.</summary>
    private async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        var attempt = Enter(data.Span, out var kept, out var held);
        if (held is not null)
        {
            await held;
            attempt = Current();
        }

        try
        {
            // The stack would hold up to 32 KiB back; a caller may wait for the answer to what he has sent so far.
            await attempt.Stream.WriteAsync(data, cancellationToken);
            await attempt.Stream.FlushAsync(cancellationToken);
        }
        catch (Exception failure)
        {
            attempt.End(failure);
            if (!kept || !await IsReplayedAsync(attempt))
            {
                throw;
            }
        }
    }

    private async Task FlushAsync(CancellationToken cancellationToken)
    {
        var attempt = Enter([], out _, out var held);
        if (held is not null)
        {
            return;
        }

        try
        {
            await attempt.Stream.FlushAsync(cancellationToken);
        }
        catch (Exception failure)
        {
            attempt.End(failure);
            throw;
        }
    }

    private BodyAttempt Enter(ReadOnlySpan<byte> data, out bool kept, out Task? held)
    {
        lock (_gate)
        {
            kept = _phase == Phase.Keeping && _kept.TryAppend(data);
            held = _phase is Phase.Held or Phase.Rewound or Phase.Replaying ? Decision() : null;
            if (_phase == Phase.Keeping && !kept)
            {
                _kept.Free();
                _phase = Phase.Streaming;
            }

            return _attempt!;
        }
    }

    // A third party that answers early may stop reading: whether that matters is known once the answer has been dealt with.
    private async ValueTask<bool> IsReplayedAsync(BodyAttempt failed)
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

        return !ReferenceEquals(Current(), failed);
    }

    // Called with the lock held.
    private Task Decision() => (_decision ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    private BodyAttempt Current()
    {
        lock (_gate)
        {
            return _attempt!;
        }
    }

    // The caller's own token ends the loop inside YARP; this one ends it when the third party takes no more and no replay comes.
    private async Task CopyAsync(TransportContext? context)
    {
        Exception? error = null;
        try
        {
            await _caller.CopyToAsync(new Writer(this), context, _stop.Token);
        }
        catch (Exception failure)
        {
            error = failure;
        }

        BodyAttempt attempt;
        lock (_gate)
        {
            (_copyEnded, _copyError) = (true, error);
            attempt = _attempt!;
        }

        attempt.End(error);
    }

    private async Task ReplayAsync(BodyAttempt attempt, CancellationToken cancellationToken)
    {
        Exception? error = null;
        try
        {
            await _kept.WriteToAsync(attempt.Stream, cancellationToken);
            await attempt.Stream.FlushAsync(cancellationToken);
        }
        catch (Exception failure)
        {
            error = failure;
        }

        TaskCompletionSource? decision;
        bool copyEnded;
        lock (_gate)
        {
            _kept.Free();
            (_phase, _attempt, copyEnded) = (Phase.Streaming, attempt, _copyEnded);
            (decision, _decision) = (_decision, null);
        }

        decision?.TrySetResult();
        if (error is not null)
        {
            attempt.End(error);
            await _stop.CancelAsync();
        }
        else if (copyEnded)
        {
            attempt.End(_copyError);
        }
    }

    private void Abandon(BodyAttempt attempt, CancellationToken token)
    {
        bool final;
        lock (_gate)
        {
            final = _phase == Phase.Streaming && ReferenceEquals(attempt, _attempt);
        }

        attempt.End(new OperationCanceledException(token));
        if (final)
        {
            _stop.Cancel();
        }
    }

    /// <summary>The stream that the copy loop writes to.</summary>
    private sealed class Writer(ReplayableBody body) : WriteOnlyStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            body.WriteAsync(buffer, cancellationToken);

        public override Task FlushAsync(CancellationToken cancellationToken) => body.FlushAsync(cancellationToken);
    }
}
