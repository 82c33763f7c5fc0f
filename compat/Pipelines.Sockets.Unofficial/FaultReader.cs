using System.IO.Pipelines;
using System.Runtime.ExceptionServices;

namespace Pipelines.Sockets.Unofficial;

/// <summary>
/// A pipe's reader that tells the connection's fault only when all that had arrived before is read. A pipe completed with an exception
/// throws it ahead of the bytes it still holds, and replies that did arrive would be lost.
/// </summary>
internal sealed class FaultReader(PipeReader reader, Func<Exception?> fault) : PipeReader
{
    // Set by whoever shuts the connection down, seen by the read loop: between its two steps the pipe may be taken away.
    private volatile bool _isCompleted;

    public override bool TryRead(out ReadResult result)
    {
        ThrowIfCompleted();
        var read = reader.TryRead(out result);
        if (read)
        {
            Check(result);
        }

        return read;
    }

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfCompleted();
        return Check(await reader.ReadAsync(cancellationToken).ConfigureAwait(false));
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        try
        {
            reader.AdvanceTo(consumed, examined);
        }
        catch (InvalidOperationException) when (_isCompleted)
        {
            ThrowIfCompleted();
        }
    }

    public override void CancelPendingRead() => reader.CancelPendingRead();

    public override void Complete(Exception? exception = null)
    {
        _isCompleted = true;
        reader.Complete(exception);
    }

    // A connection that ended, not a mistake of the reader.
    private void ThrowIfCompleted()
    {
        if (_isCompleted)
        {
            throw new ConnectionResetException("The connection was closed here.");
        }
    }

    private ReadResult Check(ReadResult result)
    {
        if (result.IsCompleted && result.Buffer.IsEmpty && fault() is { } exception)
        {
            ExceptionDispatchInfo.Throw(exception);
        }

        return result;
    }
}
