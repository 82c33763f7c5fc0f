namespace Gateway.Proxy.Replay;

/// <summary>One sending of a body: where it goes, and how it ended as far as the HTTP stack is told.</summary>
internal sealed class BodyAttempt(Stream stream, AnswerWatch watch)
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Ended => _ended.Task;

    // Flushed, because the stack would hold back up to 32 KiB while a caller may wait for the answer to what he has sent so far.
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        await watch.WriteAsync(stream, data, cancellationToken);
        await watch.FlushAsync(stream, cancellationToken);
    }

    public Task FlushAsync(CancellationToken cancellationToken) => watch.FlushAsync(stream, cancellationToken);

    /// <param name="error">Null when the whole body was written.</param>
    public void End(Exception? error)
    {
        watch.End();
        if (error is null)
        {
            _ended.TrySetResult();
        }
        else
        {
            _ended.TrySetException(error);
        }
    }
}
