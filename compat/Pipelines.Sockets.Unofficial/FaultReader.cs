using System.IO.Pipelines;
using System.Runtime.ExceptionServices;

namespace Pipelines.Sockets.Unofficial;

/// <summary>
/// A pipe's reader that tells the connection's fault only when all that had arrived before is read. A pipe completed with an exception
/// throws it ahead of the bytes it still holds, and replies that did arrive would be lost.
/// </summary>
internal sealed class FaultReader(PipeReader reader, Func<Exception?> fault) : PipeReader
{
    public override bool TryRead(out ReadResult result)
    {
        var read = reader.TryRead(out result);
        if (read)
        {
            Check(result);
        }

        return read;
    }

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
        Check(await reader.ReadAsync(cancellationToken).ConfigureAwait(false));

    public override void AdvanceTo(SequencePosition consumed) => reader.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => reader.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => reader.CancelPendingRead();

    public override void Complete(Exception? exception = null) => reader.Complete(exception);

    private ReadResult Check(ReadResult result)
    {
        if (result.IsCompleted && result.Buffer.IsEmpty && fault() is { } exception)
        {
            ExceptionDispatchInfo.Throw(exception);
        }

        return result;
    }
}
