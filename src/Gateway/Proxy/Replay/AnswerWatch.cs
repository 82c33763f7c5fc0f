namespace Gateway.Proxy.Replay;

/// <summary>
/// Tells whether the third party refuses an attempt with 401 while its body is still being sent. The HTTP stack reads an answer over
/// HTTP/1.1 only when the whole body is written; <see cref="WatchedStream"/> looks earlier. Interim answers (1xx) are not looked past.
/// </summary>
internal sealed class AnswerWatch
{
    /// <summary>Bytes of a status line that tell its status: <c>HTTP/1.1 401</c>.</summary>
    public const int Enough = 12;

    // The HTTP stack does not tell a body which connection it goes to. But a write of the body reaches the connection within the same call, on
    // the same thread, and finds here whose it is.
    [ThreadStatic]
    private static AnswerWatch? _writing;

    // Set once, by whoever reads from the connection or closes it; awaited by the handler and by a write that failed.
    private readonly TaskCompletionSource<bool> _refused = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Set once when the body ended; read by the connection.
    private volatile bool _isOver;

    /// <summary>The watch of the body that writes on this thread just now; null for none.</summary>
    public static AnswerWatch? Writing => _writing;

    /// <summary>True on a 401, false on anything else. Incomplete while there is no answer, and for good when nobody looks.</summary>
    public Task<bool> Refused => _refused.Task;

    /// <summary>The body has ended: what comes now is the stack's.</summary>
    public bool IsOver => _isOver;

    public void End() => _isOver = true;

    /// <param name="answer">How the answer begins; empty when there will be none.</param>
    public void Tell(ReadOnlySpan<byte> answer) => _refused.TrySetResult(IsUnauthorized(answer));

    /// <summary>Waits for the answer, or for a 401 that comes before the body has ended.</summary>
    /// <returns>True for the latter.</returns>
    public async ValueTask<bool> IsFirstAsync(Task answer) =>
        await Task.WhenAny(answer, _refused.Task) != answer && await _refused.Task && !_isOver;

    public ValueTask WriteAsync(Stream stream, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        _writing = this;
        try
        {
            return stream.WriteAsync(data, cancellationToken);
        }
        finally
        {
            _writing = null;
        }
    }

    public Task FlushAsync(Stream stream, CancellationToken cancellationToken)
    {
        _writing = this;
        try
        {
            return stream.FlushAsync(cancellationToken);
        }
        finally
        {
            _writing = null;
        }
    }

    private static bool IsUnauthorized(ReadOnlySpan<byte> answer) =>
        answer.StartsWith("HTTP/1."u8) && answer.Length >= Enough && answer[8..Enough].SequenceEqual(" 401"u8);
}
