namespace Gateway.Demo.Providers;

/// <summary>A request body stream that records the first bytes that are read from it.</summary>
internal sealed class RecordingBody(Stream inner, RecordedRequest record) : Stream
{
    private readonly MemoryStream _kept = new();

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Stores the recorded bytes in the record.</summary>
    public void Keep() => record.Body = _kept.ToArray();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken);
        var room = RequestRecording.BodyCapture - (int)_kept.Length;
        _kept.Write(buffer.Span[..Math.Min(read, room)]);
        record.BodyLength += read;
        if (read == 0)
        {
            Keep();
        }

        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Kestrel reads asynchronously.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
