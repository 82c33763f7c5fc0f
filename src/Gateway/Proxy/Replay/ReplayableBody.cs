using System.Net;

namespace Gateway.Proxy.Replay;

/// <summary>
/// A request body that can be sent twice although the caller's stream can be read once. YARP's copy loop runs once and writes
/// through here to whatever attempt is current; what it wrote is kept until the answer shows that it will not be needed.
/// After a 401 the loop is held in its next write; a second attempt gets the kept part, then the loop goes on into it.
/// </summary>
internal sealed class ReplayableBody : HttpContent
{
    private readonly HttpContent _caller;
    private readonly KeptBytes _kept;
    private readonly BodyRelay _relay;
    private readonly TimeProvider _clock;

    // The caller's own token ends the copy loop inside YARP; this one ends it when the third party takes no more and no replay comes.
    private readonly CancellationTokenSource _stop = new();

    // Of the first attempt.
    private readonly AnswerWatch _watch = new();

    // Written by the copy loop, read by the handler.
    private long _lastActivity;

    public ReplayableBody(HttpContent caller, int limit, ReplayMemory memory, TimeProvider clock)
    {
        _caller = caller;
        _clock = clock;
        _kept = new KeptBytes(memory, limit);
        _relay = new BodyRelay(_kept);
        foreach (var header in caller.Headers.NonValidated)
        {
            Headers.TryAddWithoutValidation(header.Key, header.Value);
        }
    }

    /// <summary>Timestamp of the latest piece that the caller sent; 0 when none has come.</summary>
    public long LastActivity => Volatile.Read(ref _lastActivity);

    /// <summary>Waits for the answer to the first attempt, or for a 401 over HTTP/1.1 that comes before the body has ended.</summary>
    /// <returns>True for the latter: the answer itself is still to come.</returns>
    public ValueTask<bool> IsRefusedBeforeAsync(Task answer) => _watch.IsFirstAsync(answer);

    /// <summary>Stops the copy loop before its next write, if all that was sent so far was kept.</summary>
    /// <returns>False when it was not: the body can't be sent again.</returns>
    public bool TryHold() => _relay.TryHold();

    /// <summary>Lets the next attempt start from the beginning.</summary>
    public void Rewind() => _relay.Rewind()?.End(new AttemptAbandonedException());

    /// <summary>There will be no further attempt: frees what was kept and lets the copy loop go on. May be called more than once.</summary>
    public void Release()
    {
        if (_relay.Release())
        {
            _stop.Cancel();
        }
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var attempt = new BodyAttempt(stream, _watch.IsOver ? new AnswerWatch() : _watch);
        var isFirst = _relay.Begin(attempt);
        using var cancellation = cancellationToken.UnsafeRegister(
            static (state, token) =>
            {
                var (body, attempt) = ((ReplayableBody, BodyAttempt))state!;
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

    private async Task CopyAsync(TransportContext? context)
    {
        Exception? error = null;
        try
        {
            await _caller.CopyToAsync(new Writer(this), context, _stop.Token);
        }
        catch (Exception failure)
        {
            // Whoever waits for the attempt gets it.
            error = failure;
        }

        _relay.EndCopy(error);
    }

    private async Task ReplayAsync(BodyAttempt attempt, CancellationToken cancellationToken)
    {
        Exception? error = null;
        try
        {
            await _kept.WriteToAsync(attempt, cancellationToken);
        }
        catch (Exception failure)
        {
            error = failure;
            attempt.End(failure);
        }

        _relay.GoOnInto(attempt);
        if (error is not null)
        {
            Abandon(attempt, error);
        }
    }

    private void Abandon(BodyAttempt attempt, Exception reason)
    {
        var isFinal = _relay.IsFinal(attempt);
        attempt.End(reason);
        if (isFinal)
        {
            _stop.Cancel();
        }
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        Volatile.Write(ref _lastActivity, _clock.GetTimestamp());
        var attempt = _relay.Enter(data.Span, out var isKept, out var held);
        if (held is not null)
        {
            await held;
            attempt = _relay.Current;
        }

        try
        {
            await attempt.WriteAsync(data, cancellationToken);
        }
        catch (Exception failure)
        {
            // A third party that answers early may stop reading: whether that matters shows when the answer has been dealt with.
            attempt.End(failure);
            if (!isKept || !await _relay.IsReplayedAsync(attempt))
            {
                throw;
            }
        }
    }

    private async Task FlushAsync(CancellationToken cancellationToken)
    {
        var attempt = _relay.Enter([], out _, out var held);
        if (held is not null)
        {
            return;
        }

        try
        {
            await attempt.FlushAsync(cancellationToken);
        }
        catch (Exception failure)
        {
            attempt.End(failure);
            throw;
        }
    }

    /// <summary>The stream that the copy loop writes to.</summary>
    private sealed class Writer(ReplayableBody body) : AsyncStream
    {
        public override bool CanRead => false;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            body.WriteAsync(buffer, cancellationToken);

        public override Task FlushAsync(CancellationToken cancellationToken) => body.FlushAsync(cancellationToken);
    }
}
