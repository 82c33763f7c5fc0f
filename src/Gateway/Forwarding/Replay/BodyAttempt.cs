namespace Gateway.Forwarding.Replay;

/// <summary>One sending of a body: where it goes, and how it ended as far as the HTTP stack is told.</summary>
internal sealed class BodyAttempt(Stream stream)
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Stream Stream => stream;

    public Task Ended => _ended.Task;

    /// <param name="error">Null when the whole body was written.</param>
    public void End(Exception? error)
    {
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
