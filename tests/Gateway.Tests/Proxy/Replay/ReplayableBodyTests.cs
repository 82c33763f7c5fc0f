using System.Net;

using Gateway.Proxy.Replay;

namespace Gateway.Tests.Proxy.Replay;

public sealed class ReplayableBodyTests
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 50_000).Select(static number => (byte)(number * 31))];

    private readonly ReplayMemory _memory = new(1_000_000);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1024)]
    [InlineData(16_384)]
    [InlineData(16_385)]
    [InlineData(50_000)]
    public async Task TryHold_WholeBodySent_SecondAttemptGetsTheSameBytes(int length)
    {
        using var body = new ReplayableBody(new ByteArrayContent(Content[..length]), length, _memory, TimeProvider.System);
        var (first, second) = (new MemoryStream(), new MemoryStream());

        await body.CopyToAsync(first);
        Assert.True(body.TryHold());
        await body.CopyToAsync(second);

        Assert.Equal(Content[..length], first.ToArray());
        Assert.Equal(Content[..length], second.ToArray());
        Assert.Equal(0, _memory.Used);
    }

    [Fact]
    public async Task TryHold_OneByteOverTheLimit_IsFalseAndNothingIsKept()
    {
        using var body = new ReplayableBody(new ByteArrayContent(Content[..1001]), 1000, _memory, TimeProvider.System);
        var sent = new MemoryStream();

        await body.CopyToAsync(sent);

        Assert.False(body.TryHold());
        Assert.Equal(1001, sent.Length);
        Assert.Equal(0, _memory.Used);
    }

    [Fact]
    public async Task TryHold_FirstAttemptBrokeDuringTheUpload_NoByteIsLost()
    {
        for (var breakAfter = 0; breakAfter < 10_000; breakAfter += 1000)
        {
            using var body = new ReplayableBody(new SlowContent(Content[..10_000], 1000), 10_000, _memory, TimeProvider.System);
            var second = new MemoryStream();

            var first = body.CopyToAsync(new BreakingStream(breakAfter));
            var held = body.TryHold();
            await body.CopyToAsync(second).WaitAsync(Eventually.Patience);

            Assert.True(held);
            Assert.Equal(Content[..10_000], second.ToArray());
            await Assert.ThrowsAnyAsync<Exception>(() => first);
        }

        Assert.Equal(0, _memory.Used);
    }

    [Fact]
    public async Task Release_FirstAttemptBroke_TheBreakReachesTheCopyLoop()
    {
        var caller = new SlowContent(Content[..10_000], 1000);
        using var body = new ReplayableBody(caller, 10_000, _memory, TimeProvider.System);

        var first = body.CopyToAsync(new BreakingStream(3000));
        await Assert.ThrowsAnyAsync<Exception>(() => first);
        body.Release();

        await Assert.ThrowsAnyAsync<Exception>(() => caller.Copied.Task.WaitAsync(Eventually.Patience));
        Assert.Equal(0, _memory.Used);
    }

    [Fact]
    public async Task Release_WhileHeld_LetsTheFirstAttemptContinue()
    {
        using var body = new ReplayableBody(new SlowContent(Content[..10_000], 1000), 10_000, _memory, TimeProvider.System);
        var sent = new MemoryStream();

        var first = body.CopyToAsync(sent);
        body.TryHold();
        body.Release();
        await first.WaitAsync(Eventually.Patience);

        Assert.Equal(Content[..10_000], sent.ToArray());
        Assert.Equal(0, _memory.Used);
    }

    [Fact]
    public async Task SecondSending_WithoutAHold_IsRefused()
    {
        using var body = new ReplayableBody(new ByteArrayContent(Content), Content.Length, _memory, TimeProvider.System);
        await body.CopyToAsync(new MemoryStream());

        await Assert.ThrowsAnyAsync<InvalidOperationException>(() => body.CopyToAsync(new MemoryStream()));
    }

    [Fact]
    public void TryRent_OverTheCap_FailsUntilMemoryIsReturned()
    {
        var memory = new ReplayMemory(16 * 1024);

        var segment = memory.TryRent(int.MaxValue);

        Assert.Equal(16 * 1024, segment!.Length);
        Assert.Null(memory.TryRent(1));
        Assert.Equal(16 * 1024, memory.Used);
        memory.Return(segment);
        Assert.Equal(0, memory.Used);
        Assert.NotNull(memory.TryRent(1));
    }

    [Fact]
    public void Headers_OfTheCallersContent_AreKept()
    {
        var caller = new ByteArrayContent(Content);
        caller.Headers.TryAddWithoutValidation("Content-Type", "not; quite=valid;;");
        caller.Headers.ContentLength = 50_000;

        using var body = new ReplayableBody(caller, 10, _memory, TimeProvider.System);

        Assert.Equal("not; quite=valid;;", body.Headers.NonValidated["Content-Type"].ToString());
        Assert.Equal(50_000, body.Headers.ContentLength);
    }

    /// <summary>A caller that sends piece by piece, with content that can be read once.</summary>
    private sealed class SlowContent(byte[] content, int piece) : HttpContent
    {
        private int _started;

        public TaskCompletionSource Copied { get; } = new();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            Assert.Equal(0, Interlocked.Exchange(ref _started, 1));
            try
            {
                for (var at = 0; at < content.Length; at += piece)
                {
                    await Task.Yield();
                    await stream.WriteAsync(content.AsMemory(at, Math.Min(piece, content.Length - at)));
                }

                Copied.SetResult();
            }
            catch (Exception e)
            {
                Copied.SetException(e);
                throw;
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    /// <summary>A connection that breaks after so many bytes.</summary>
    private sealed class BreakingStream(int limit) : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            Length + buffer.Length > limit
                ? ValueTask.FromException(new IOException("Broken."))
                : base.WriteAsync(buffer, cancellationToken);
    }
}
