using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;

namespace Pipelines.Sockets.Unofficial;

/// <summary>
/// Two pipes over a stream. One thread per connection receives, blocking: completions of asynchronous socket reads are dispatched by the
/// thread pool, so that a pool full of synchronous calls to Redis would wait for the very replies it keeps from being read.
/// </summary>
public class StreamConnection : IMeasuredDuplexPipe, IDisposable
{
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(1);
    private readonly Stream stream;
    private readonly Pipe toSend;
    private readonly Pipe received;
    private readonly TaskCompletionSource sendEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource closing = new();

    // Each counter has one writer: the sender, the receiver.
    private long totalSent;
    private long totalReceived;
    private int lastReceived;

    // The sender, the receiver and the client race for these two; the first one is kept.
    private Exception? fault;
    private int shutdownKind;

    internal StreamConnection(Stream stream, PipeOptions send, PipeOptions receive, string? name)
    {
        this.stream = stream;
        toSend = new Pipe(WithPrivatePool(send));
        received = new Pipe(WithPrivatePool(receive));
        Input = new FaultReader(received.Reader, () => Volatile.Read(ref fault));

        // Unsafe: neither loop is to keep the AsyncLocals of whoever happened to connect.
        new Thread(Run) { Name = name, IsBackground = true }.UnsafeStart();
    }

    public PipeReader Input { get; }

    public PipeWriter Output => toSend.Writer;

    public long TotalBytesSent => Volatile.Read(ref totalSent);

    public long TotalBytesReceived => Volatile.Read(ref totalReceived);

    public int LastReceived => Volatile.Read(ref lastReceived);

    public PipeShutdownKind ShutdownKind => (PipeShutdownKind)Volatile.Read(ref shutdownKind);

    public SocketError SocketError =>
        Volatile.Read(ref fault) is { } e && (e as SocketException ?? e.InnerException as SocketException) is { } error
            ? error.SocketErrorCode
            : SocketError.Success;

    public static IDuplexPipe GetDuplex(Stream stream, PipeOptions sendOptions, PipeOptions receiveOptions, string? name = null) =>
        new StreamConnection(stream, sendOptions, receiveOptions, name);

    public static PipeReader GetReader(Stream stream, PipeOptions options, string? name = null) => PipeReader.Create(stream);

    /// <summary>Says that the client ends the connection by protocol; false when it has ended before.</summary>
    public bool TrySetProtocolShutdown(PipeShutdownKind kind) =>
        Interlocked.CompareExchange(ref shutdownKind, (int)kind, (int)PipeShutdownKind.None) == (int)PipeShutdownKind.None;

    /// <summary>
    /// A socket closes at once. Another stream ends its write first: closed in the middle of one, it may have half of it written.
    /// </summary>
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        if (stream is NetworkStream)
        {
            CloseStream();
        }
        else
        {
            _ = CloseAsync();
        }
    }

    private async Task CloseAsync()
    {
        await closing.CancelAsync().ConfigureAwait(false);
        toSend.Writer.Complete();
        await sendEnded.Task.WaitAsync(Farewell).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        CloseStream();
    }

    private void CloseStream()
    {
        try
        {
            stream.Dispose();
        }
        catch (IOException)
        {
            // A last flush into a broken wire.
        }
    }

    private void Run()
    {
        _ = SendAsync();
        Receive();
    }

    private async Task SendAsync()
    {
        var reader = toSend.Reader;
        try
        {
            while (await SendOnceAsync(reader).ConfigureAwait(false))
            {
            }
        }
        catch (Exception e)
        {
            // Told by the receiver alone: were it told by FlushAsync too, the client's two reports would race.
            Fail(e, PipeShutdownKind.WriteFault);
            CloseStream();
        }

        reader.Complete();
        sendEnded.SetResult();
    }

    private async ValueTask<bool> SendOnceAsync(PipeReader reader)
    {
        var read = await reader.ReadAsync().ConfigureAwait(false);
        foreach (var segment in read.Buffer)
        {
            await stream.WriteAsync(segment).ConfigureAwait(false);
            Interlocked.Add(ref totalSent, segment.Length);
        }

        await stream.FlushAsync().ConfigureAwait(false);
        reader.AdvanceTo(read.Buffer.End);
        return !read.IsCompleted;
    }

    private void Receive()
    {
        var writer = received.Writer;
        try
        {
            while (ReceiveOnce(writer))
            {
            }
        }
        catch (Exception e)
        {
            Fail(e, PipeShutdownKind.ReadFault);
        }

        writer.Complete();
    }

    private bool ReceiveOnce(PipeWriter writer)
    {
        var buffer = writer.GetMemory(1);

        // Other streams (a tunnel's) may know only asynchronous reads.
        var bytes = stream is NetworkStream or SslStream
            ? stream.Read(buffer.Span)
            : stream.ReadAsync(buffer, closing.Token).AsTask().GetAwaiter().GetResult();
        if (bytes == 0)
        {
            TrySetProtocolShutdown(PipeShutdownKind.ReadEndOfStream);
            return false;
        }

        Volatile.Write(ref lastReceived, bytes);
        Interlocked.Add(ref totalReceived, bytes);
        writer.Advance(bytes);
        var flush = writer.FlushAsync();
        return !(flush.IsCompleted ? flush.Result : flush.AsTask().GetAwaiter().GetResult()).IsCompleted;
    }

    private void Fail(Exception exception, PipeShutdownKind kind)
    {
        Interlocked.CompareExchange(ref fault, exception, null);
        TrySetProtocolShutdown(kind);
    }

    private static PipeOptions WithPrivatePool(PipeOptions options) => new(
        new PrivatePool(),
        options.ReaderScheduler,
        options.WriterScheduler,
        options.PauseWriterThreshold,
        options.ResumeWriterThreshold,
        options.MinimumSegmentSize,
        useSynchronizationContext: false);
}
