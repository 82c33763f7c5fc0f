namespace Gateway.Proxy.Replay;

/// <summary>
/// The beginning of an answer, read before the HTTP stack asks for it, and handed to the stack when it does. While this reads from a connection
/// nobody else does.
/// </summary>
/// <param name="inner">The connection.</param>
internal sealed class ReadAhead(Stream inner)
{
    private const int Size = 512;

    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Written by RunAsync until _done, by the stack's reads after it.
    private byte[] _buffer = [];
    private int _start;
    private int _end;
    private Exception? _failure;

    /// <summary>All that was read has been handed on. To be asked after a read.</summary>
    public bool IsDrained => _start == _end;

    /// <summary>Reads until it is clear what the answer is. Does not throw: the stack's next read does.</summary>
    /// <param name="watch">Whom to tell.</param>
    /// <param name="served">What the stack has got already; copied before the first wait.</param>
    public async Task RunAsync(AnswerWatch watch, ReadOnlyMemory<byte> served)
    {
        _buffer = new byte[Size];
        served.CopyTo(_buffer);
        _start = _end = served.Length;
        try
        {
            int count;
            do
            {
                count = await inner.ReadAsync(_buffer.AsMemory(_end));
                _end += count;
            }
            while (count > 0 && _end < AnswerWatch.Enough);
        }
        catch (Exception failure)
        {
            _failure = failure;
        }

        watch.Tell(_buffer.AsSpan(0, _end));
        _done.SetResult();
    }

    /// <returns>0 for the end of the connection, or for an empty destination when there is something to read.</returns>
    public async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        await _done.Task.WaitAsync(cancellationToken);
        if (IsDrained && _failure is not null)
        {
            throw new IOException("The connection broke.", _failure);
        }

        var count = Math.Min(destination.Length, _end - _start);
        _buffer.AsMemory(_start, count).CopyTo(destination);
        _start += count;
        return count;
    }
}
