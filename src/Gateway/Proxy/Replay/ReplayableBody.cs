using System.Net;

namespace Gateway.Proxy.Replay;

/// <summary>
/// A request body that can be sent twice, although YARP reads the caller's stream once. YARP's copy loop writes through here to the current
/// attempt, and what it writes is kept. After a 401 the loop waits in its next write; the second attempt gets the kept part first, then
/// the loop goes on into it. Over HTTP/2 the 401 may come while the caller is still sending.
/// </summary>
internal sealed class ReplayableBody : HttpContent
{
    private readonly HttpContent _caller;
    private readonly TimeProvider _clock;

    // Ends the copy loop when the third party takes no more and no replay follows. The caller's own token ends it inside YARP.
    private readonly CancellationTokenSource _stop = new();

    // Guards the fields below. Taken by the copy loop at each write, by the stack when it serializes or cancels, and by the handler.
    private readonly Lock _gate = new();
    private readonly KeptBytes _kept;
    private Phase _phase = Phase.Keeping;
    private Attempt? _attempt;
    private TaskCompletionSource? _decision;
    private bool _copyEnded;
    private Exception? _copyError;

    // Written by the copy loop, read by the handler.
    private long _lastActivity;

    /// <param name="caller">YARP's content, which reads the caller's stream.</param>
    /// <param name="limit">Bytes to keep; 0 when the request can't be replayed anyway.</param>
    /// <param name="memory">Where they are kept.</param>
    /// <param name="clock">For <see cref="LastActivity"/>.</param>
    public ReplayableBody(HttpContent caller, int limit, ReplayMemory memory, TimeProvider clock)
    {
        _caller = caller;
        _clock = clock;
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

        /// <summary>After a 401: the copy loop waits until the handler has decided; a second attempt may start.</summary>
        Held,

        /// <summary>The second attempt is sending the kept part; the copy loop still waits.</summary>
        Replaying,

        /// <summary>Nothing is kept any more; the copy loop writes straight through.</summary>
        Streaming,
    }

    /// <summary>Timestamp of the caller's latest bytes; 0 before the first.</summary>
    public long LastActivity => Volatile.Read(ref _lastActivity);

    /// <summary>Stops the copy loop before its next write, so that the body can be sent again.</summary>
    /// <returns>False when the bytes sent so far were not all kept: the body can't be sent again.</returns>
    public bool TryHold()
    {
        lock (_gate)
        {
            var isKept = _phase == Phase.Keeping;
            _phase = isKept ? Phase.Held : _phase;
            return isKept;
        }
    }

    /// <summary>No further attempt follows: frees what was kept and lets the copy loop go on. May be called more than once.</summary>
    public void Release()
    {
        TaskCompletionSource? decision;
        bool isOver;
        lock (_gate)
        {
            if (_phase is Phase.Replaying or Phase.Streaming)
            {
                return;
            }

            _phase = Phase.Streaming;
            _kept.Free();
            isOver = _attempt is { Ended.IsCompleted: true };
            (decision, _decision) = (_decision, null);
        }

        decision?.TrySetResult();
        if (isOver)
        {
            _stop.Cancel();
        }
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var attempt = new Attempt(stream);
        var isFirst = Begin(attempt);
        using var cancellation = cancellationToken.UnsafeRegister(
            static (state, token) =>
            {
                var (body, attempt) = ((ReplayableBody, Attempt))state!;
                body.Abandon(attempt, new OperationCanceledException(token));
            },
            (this, attempt));
        if (isFirst)
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

    /// <returns>True for the first attempt; the second one ends it and begins with the kept part.</returns>
    private bool Begin(Attempt attempt)
    {
        Attempt? first;
        lock (_gate)
        {
            first = _attempt;
            if (first is null)
            {
                _attempt = attempt;
                return true;
            }

            if (_phase != Phase.Held)
            {
                throw new InvalidOperationException("The body is being sent already.");
            }

            _phase = Phase.Replaying;
        }

        first.End(new OperationCanceledException("The body goes to another attempt."));
        return false;
    }

    // Runs once, across both attempts.
    private async Task CopyAsync(TransportContext? context)
    {
        Exception? error = null;
        try
        {
            await _caller.CopyToAsync(new Writer(this), context, _stop.Token);
        }
        catch (Exception failure)
        {
            // The current attempt reports it.
            error = failure;
        }

        Attempt attempt;
        lock (_gate)
        {
            (_copyEnded, _copyError) = (true, error);
            attempt = _attempt!;
        }

        attempt.End(error);
    }

    private async Task ReplayAsync(Attempt attempt, CancellationToken cancellationToken)
    {
        Exception? error = null;
        try
        {
            foreach (var segment in _kept.Segments)
            {
                await attempt.WriteAsync(segment, cancellationToken);
            }
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

        if (error is not null)
        {
            Abandon(attempt, error);
        }
        else if (copyEnded)
        {
            attempt.End(_copyError);
        }

        decision?.TrySetResult();
    }

    // The copy loop ends too, unless another attempt may still follow.
    private void Abandon(Attempt attempt, Exception reason)
    {
        bool isFinal;
        lock (_gate)
        {
            isFinal = _phase == Phase.Streaming && ReferenceEquals(attempt, _attempt);
        }

        attempt.End(reason);
        if (isFinal)
        {
            _stop.Cancel();
        }
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        Volatile.Write(ref _lastActivity, _clock.GetTimestamp());
        var attempt = Enter(data.Span, out var isKept, out var decision);
        if (decision is not null)
        {
            await decision;
            attempt = Current;
        }

        try
        {
            await attempt.WriteAsync(data, cancellationToken);
        }
        catch (Exception failure)
        {
            // A third party that answers early may stop reading. The kept bytes are not lost when another attempt takes over.
            attempt.End(failure);
            if (!isKept || !await IsReplayedAsync(attempt))
            {
                throw;
            }
        }
    }

    private Attempt Current
    {
        get
        {
            lock (_gate)
            {
                return _attempt!;
            }
        }
    }

    /// <returns>The attempt to write to, unless there is a decision to wait for; <see cref="Current"/> is the attempt after it.</returns>
    private Attempt Enter(ReadOnlySpan<byte> data, out bool isKept, out Task? decision)
    {
        lock (_gate)
        {
            isKept = _phase == Phase.Keeping && _kept.TryAppend(data);
            decision = _phase is Phase.Held or Phase.Replaying ? Decision() : null;
            if (_phase == Phase.Keeping && !isKept)
            {
                _kept.Free();
                _phase = Phase.Streaming;
            }

            return _attempt!;
        }
    }

    /// <summary>Waits until the handler has dealt with the answer to a failed attempt.</summary>
    private async ValueTask<bool> IsReplayedAsync(Attempt failed)
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

    // With the lock held.
    private Task Decision() => (_decision ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    private Task FlushAsync(CancellationToken cancellationToken) =>
        Enter([], out _, out var decision) is { } attempt && decision is null ? attempt.FlushAsync(cancellationToken) : Task.CompletedTask;

    /// <summary>One sending of the body.</summary>
    private sealed class Attempt(Stream stream)
    {
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Ended => _ended.Task;

        // Flushed, because the stack buffers up to 32 KiB, and the caller may wait for an answer to what it has sent so far.
        public async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
        {
            await stream.WriteAsync(data, cancellationToken);
            await stream.FlushAsync(cancellationToken);
        }

        public Task FlushAsync(CancellationToken cancellationToken) => stream.FlushAsync(cancellationToken);

        /// <param name="error">Null when the whole body was written.</param>
        public void End(Exception? error) => _ = error is null ? _ended.TrySetResult() : _ended.TrySetException(error);
    }

    /// <summary>The stream that YARP's copy loop writes to.</summary>
    private sealed class Writer(ReplayableBody body) : Stream
    {
        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            body.WriteAsync(buffer, cancellationToken);

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override Task FlushAsync(CancellationToken cancellationToken) => body.FlushAsync(cancellationToken);

        public override void Flush() => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
