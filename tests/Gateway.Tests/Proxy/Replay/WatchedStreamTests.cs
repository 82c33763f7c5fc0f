using System.Buffers;
using System.IO.Pipelines;
using System.Text;

using Gateway.Proxy.Replay;

namespace Gateway.Tests.Proxy.Replay;

/// <summary>What the HTTP stack may do with a connection between two requests, without its timers.</summary>
public sealed class WatchedStreamTests : IDisposable
{
    private readonly Wire _wire = new();
    private readonly AnswerWatch _watch = new();
    private readonly byte[] _buffer = new byte[4096];

    public void Dispose() => _wire.Dispose();

    [Theory]
    [InlineData("HTTP/1.1 401 Unauthorized\r\n", true)]
    [InlineData("HTTP/1.0 401\r\n", true)]
    [InlineData("HTTP/1.1 200 OK\r\nX: 401\r\n", false)]
    [InlineData("HTTP/1.1 403 Forbidden\r\n", false)]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 401 No\r\n", false)]
    [InlineData("", false)]
    [InlineData("HTTP", false)]
    public async Task Answer_OnANewConnection_IsToldAndReadInFull(string answer, bool refused)
    {
        var stream = new WatchedStream(_wire);
        await _watch.WriteAsync(stream, "body"u8.ToArray(), CancellationToken.None);
        Assert.False(_watch.Refused.IsCompleted);

        await _wire.AnswerAsync(answer);
        await _wire.EndAsync();

        Assert.Equal(refused, await _watch.Refused);
        Assert.Equal(answer, await ReadToEndAsync(stream));
    }

    [Fact]
    public async Task Answer_WhileTheStackProbesForAClose_IsToldAndReadInFull()
    {
        var stream = new WatchedStream(_wire);
        var read = ProbeThenReadAsync(stream);
        await _watch.WriteAsync(stream, "body"u8.ToArray(), CancellationToken.None);

        await _wire.AnswerAsync("HTTP/1.1 401 No\r\n");

        Assert.True(await _watch.Refused);
        Assert.Equal("HTTP/1.1 401 No\r\n", Encoding.Latin1.GetString(_buffer, 0, await read));
    }

    [Fact]
    public async Task Answer_InPiecesIntoThePendingRead_IsToldAndReadInFull()
    {
        var stream = new WatchedStream(_wire);
        var read = stream.ReadAsync(_buffer);
        await _watch.WriteAsync(stream, "body"u8.ToArray(), CancellationToken.None);

        await _wire.AnswerAsync("HTTP/1");
        Assert.Equal(6, await read);
        Assert.False(_watch.Refused.IsCompleted);
        await _wire.AnswerAsync(".1 401 No\r\n");
        await _wire.EndAsync();

        Assert.True(await _watch.Refused);
        Assert.Equal(".1 401 No\r\n", await ReadToEndAsync(stream));
    }

    [Fact]
    public async Task Write_FailsAfterA401_IsSwallowedUntilTheAnswerIsRead()
    {
        var stream = new WatchedStream(_wire);
        await _watch.WriteAsync(stream, "body"u8.ToArray(), CancellationToken.None);
        _wire.IsBroken = true;
        var failing = stream.WriteAsync("more"u8.ToArray());
        Assert.False(failing.IsCompleted);

        await _wire.AnswerAsync("HTTP/1.1 401 No\r\n");
        await failing;
        await stream.WriteAsync("the rest"u8.ToArray());
        _watch.End();
        await _wire.EndAsync();

        Assert.Equal("HTTP/1.1 401 No\r\n", await ReadToEndAsync(stream));
        await Assert.ThrowsAsync<IOException>(async () => await stream.WriteAsync("next request"u8.ToArray()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 413 Content Too Large\r\n")]
    public async Task Write_FailsWithoutA401_Fails(string answer)
    {
        var stream = new WatchedStream(_wire);
        await _watch.WriteAsync(stream, "body"u8.ToArray(), CancellationToken.None);
        _wire.IsBroken = true;

        await _wire.AnswerAsync(answer);
        await _wire.EndAsync();

        await Assert.ThrowsAsync<IOException>(async () => await stream.WriteAsync("more"u8.ToArray()));
    }

    [Fact]
    public async Task Write_FailsAndTheConnectionIsClosed_DoesNotWaitForAnAnswer()
    {
        var stream = new WatchedStream(_wire);
        await _watch.WriteAsync(stream, "body"u8.ToArray(), CancellationToken.None);
        _wire.IsBroken = true;
        var failing = stream.WriteAsync("more"u8.ToArray());

        await stream.DisposeAsync();

        await Assert.ThrowsAsync<IOException>(async () => await failing);
    }

    [Fact]
    public async Task Begin_RacingWithTheStacksRead_ThereIsOneReaderAndNothingIsLost()
    {
        for (var round = 0; round < 2000; round++)
        {
            var (wire, watch) = (new Wire(), new AnswerWatch());
            var stream = new WatchedStream(wire);
            var buffer = new byte[100];
            var read = Task.Run(async () => await stream.ReadAsync(buffer));
            var write = Task.Run(async () => await watch.WriteAsync(stream, "body"u8.ToArray(), CancellationToken.None));
            await write;
            await wire.AnswerAsync("HTTP/1.1 401 No\r\n");

            Assert.True(await watch.Refused.WaitAsync(Eventually.Patience));
            Assert.Equal("HTTP/1.1 401 No\r\n", Encoding.Latin1.GetString(buffer, 0, await read.WaitAsync(Eventually.Patience)));
            Assert.Equal(1, wire.MostReaders);
        }
    }

    private async Task<int> ProbeThenReadAsync(WatchedStream stream)
    {
        Assert.Equal(0, await stream.ReadAsync(Memory<byte>.Empty));
        return await stream.ReadAsync(_buffer);
    }

    private static async Task<string> ReadToEndAsync(Stream stream)
    {
        var text = new MemoryStream();
        await stream.CopyToAsync(text);
        return Encoding.Latin1.GetString(text.ToArray());
    }

    /// <summary>A connection that answers as it is told, and breaks for writing on demand.</summary>
    private sealed class Wire : AsyncStream
    {
        private readonly Pipe _pipe = new();
        private int _readers;

        public bool IsBroken { get; set; }

        public int MostReaders { get; private set; }

        public override bool CanRead => true;

        public async Task AnswerAsync(string text) => await _pipe.Writer.WriteAsync(Encoding.Latin1.GetBytes(text));

        public ValueTask EndAsync() => _pipe.Writer.CompleteAsync();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            MostReaders = Math.Max(MostReaders, Interlocked.Increment(ref _readers));
            var result = await _pipe.Reader.ReadAsync(cancellationToken);
            var count = (int)Math.Min(buffer.Length, result.Buffer.Length);
            result.Buffer.Slice(0, count).CopyTo(buffer.Span);
            _pipe.Reader.AdvanceTo(result.Buffer.GetPosition(count));
            Interlocked.Decrement(ref _readers);
            return count;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            IsBroken ? ValueTask.FromException(new IOException("Broken.")) : default;

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
