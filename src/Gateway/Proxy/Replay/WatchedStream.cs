using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace Gateway.Proxy.Replay;

/// <summary>
/// An HTTP/1.1 connection to a third party, below the HTTP stack and above TLS, that looks at how an answer begins while the body of
/// the request is still being sent. Without a body to watch it passes everything on and allocates nothing.
/// <para>
/// When the third party has refused the request and hangs up before it took the body, what is left of the body is swallowed, so that
/// the stack comes to read the answer. Such a connection is never written to again.
/// </para>
/// </summary>
internal sealed class WatchedStream(Stream inner) : AsyncStream, IValueTaskSource<int>
{
    private static readonly object Stack = new();

    // Who reads from the inner stream: null for nobody, Stack, or a ReadAhead. Claimed from null by exchange, by the stack's read and by
    // the write that begins a watch; let go by whoever has it. So there is one reader, whatever races.
    private object? _reader;

    // Set by the write that begins a watch, before the request's first byte goes out; taken off by the stack's next read after the
    // body. Read by the read that completes. One that completes just before the watch begins misses it: Release tells the watch then.
    private AnswerWatch? _watch;

    // Set by a write, read by later writes: the stack writes one at a time.
    private volatile bool _isBroken;

    // The stack's pending read, the stack having one at a time: written when it starts, taken when it completes.
    private ManualResetValueTaskSourceCore<int> _source;
    private ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter _pending;
    private Memory<byte> _destination;
    private Action? _complete;

    public override bool CanRead => true;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Volatile.Read(ref _watch) is { IsOver: true })
        {
            Volatile.Write(ref _watch, null);
        }

        if (Interlocked.CompareExchange(ref _reader, Stack, null) is { } other)
        {
            return TakeAsync((ReadAhead)other, buffer, cancellationToken);
        }

        var read = inner.ReadAsync(buffer, cancellationToken);
        if (read.IsCompletedSuccessfully)
        {
            var count = read.Result;
            Completed(buffer, count);
            return new(count);
        }

        _source.Reset();
        var result = new ValueTask<int>(this, _source.Version);
        _destination = buffer;
        _pending = read.ConfigureAwait(false).GetAwaiter();
        _pending.UnsafeOnCompleted(_complete ??= Complete);
        return result;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (AnswerWatch.Writing is { } watch && !ReferenceEquals(watch, Volatile.Read(ref _watch)))
        {
            Begin(watch);
        }

        return Volatile.Read(ref _watch) is { } watched
            ? WriteAsync(watched, buffer, cancellationToken)
            : _isBroken ? throw new IOException("The connection broke.") : inner.WriteAsync(buffer, cancellationToken);
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => _isBroken ? Task.CompletedTask : inner.FlushAsync(cancellationToken);

    int IValueTaskSource<int>.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Volatile.Read(ref _watch)?.Tell([]);
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    // A pooled connection has a read pending already, so that it notices when it is closed; a new one has not.
    private void Begin(AnswerWatch watch)
    {
        Interlocked.Exchange(ref _watch, watch);
        var ahead = new ReadAhead(inner);
        if (Interlocked.CompareExchange(ref _reader, ahead, null) is null)
        {
            _ = ahead.RunAsync(watch, default);
        }
    }

    private async ValueTask<int> TakeAsync(ReadAhead ahead, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var count = await ahead.ReadAsync(buffer, cancellationToken);
        if (!buffer.IsEmpty && ahead.IsDrained)
        {
            Volatile.Write(ref _reader, null);
        }

        return count;
    }

    private async ValueTask WriteAsync(AnswerWatch watch, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_isBroken)
        {
            return;
        }

        try
        {
            await inner.WriteAsync(buffer, cancellationToken);
        }
        catch (IOException)
        {
            // What the third party said before it hung up is there to be read, or the read fails like the write.
            if (!await watch.Refused.WaitAsync(cancellationToken))
            {
                throw;
            }

            _isBroken = true;
        }
    }

    private void Complete()
    {
        var (pending, destination) = (_pending, _destination);
        (_pending, _destination) = (default, default);
        int count;
        try
        {
            count = pending.GetResult();
        }
        catch (Exception failure)
        {
            Release(null);
            _source.SetException(failure);
            return;
        }

        Completed(destination, count);
        _source.SetResult(count);
    }

    // The stack's read has got this. An empty destination only asks whether there is something to read: the read itself follows.
    private void Completed(ReadOnlyMemory<byte> destination, int count)
    {
        var watch = Volatile.Read(ref _watch);
        if (destination.IsEmpty)
        {
            Volatile.Write(ref _reader, null);
        }
        else if (watch is { IsOver: false, Refused.IsCompleted: false } && count is > 0 and < AnswerWatch.Enough)
        {
            var ahead = new ReadAhead(inner);
            Volatile.Write(ref _reader, ahead);
            _ = ahead.RunAsync(watch, destination[..count]);
        }
        else
        {
            watch?.Tell(destination.Span[..count]);
            Release(watch);
        }
    }

    private void Release(AnswerWatch? told)
    {
        Interlocked.Exchange(ref _reader, null);
        if (Volatile.Read(ref _watch) is { } late && !ReferenceEquals(late, told))
        {
            late.Tell([]);
        }
    }
}
