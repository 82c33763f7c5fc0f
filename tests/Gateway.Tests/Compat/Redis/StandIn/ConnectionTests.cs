using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Pipelines.Sockets.Unofficial;

namespace Gateway.Tests.Compat.Redis.StandIn;

public sealed class ConnectionTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Bytes_go_both_ways_and_are_counted()
    {
        using var pair = await SocketPair.ConnectAsync();
        using var connection = Connect(pair);
        await pair.Far.SendAsync(new byte[] { 1, 2, 3 });
        await connection.Output.WriteAsync(new byte[] { 4, 5 });

        Assert.Equal([1, 2, 3], await ReadAsync(connection, 3));
        Assert.Equal(2, await pair.Far.ReceiveAsync(new byte[2]));
        Assert.True(SpinWait.SpinUntil(() => connection.BytesSent == 2, Patience));
        Assert.Equal((3, 3), (connection.BytesRead, connection.LastReceived));
        Assert.Equal(0, connection.GetCounters().BytesAvailableOnSocket);
    }

    [Fact]
    public async Task A_half_closed_peer_still_receives_and_the_reader_sees_a_clean_end()
    {
        using var pair = await SocketPair.ConnectAsync();
        using var connection = Connect(pair);
        await pair.Far.SendAsync(new byte[] { 1 });
        pair.Far.Shutdown(SocketShutdown.Send);

        Assert.Equal([1], await ReadAsync(connection, 1));
        Assert.True((await connection.Input.ReadAsync().AsTask().WaitAsync(Patience)).IsCompleted);
        await connection.Output.WriteAsync(new byte[] { 2 });

        Assert.Equal(1, await pair.Far.ReceiveAsync(new byte[1]));
        Assert.Equal(PipeShutdownKind.ReadEndOfStream, connection.ShutdownKind);
        Assert.False(connection.TrySetProtocolShutdown(PipeShutdownKind.ProtocolExitClient));
    }

    [Fact]
    public async Task Replies_before_a_reset_are_read_before_its_exception()
    {
        using var pair = await SocketPair.ConnectAsync();
        using var connection = Connect(pair);
        await pair.Far.SendAsync(new byte[] { 1, 2, 3, 4, 5 });
        Assert.True(SpinWait.SpinUntil(() => connection.BytesRead == 5, Patience));
        pair.Reset();
        Assert.True(SpinWait.SpinUntil(() => connection.ShutdownKind != PipeShutdownKind.None, Patience));

        Assert.Equal([1, 2, 3, 4, 5], await ReadAsync(connection, 5));
        await Assert.ThrowsAnyAsync<IOException>(async () => await connection.Input.ReadAsync());
        Assert.Equal(SocketError.ConnectionReset, connection.SocketError);
    }

    [Fact]
    public async Task A_protocol_shutdown_prevails_over_the_later_end()
    {
        using var pair = await SocketPair.ConnectAsync();
        using var connection = Connect(pair);

        Assert.True(connection.TrySetProtocolShutdown(PipeShutdownKind.ProtocolExitClient));
        pair.Far.Dispose();
        await connection.Input.ReadAsync().AsTask().WaitAsync(Patience);

        Assert.Equal(PipeShutdownKind.ProtocolExitClient, connection.ShutdownKind);
    }

    [Fact]
    public async Task A_flush_waits_while_the_peer_does_not_read_and_honours_its_token()
    {
        using var pair = await SocketPair.ConnectAsync();
        using var connection = Connect(pair);
        using var cancel = new CancellationTokenSource();
        var chunk = new byte[100_000];
        ValueTask<FlushResult> flush;
        long written = 0;
        do
        {
            chunk.CopyTo(connection.Output.GetSpan(chunk.Length));
            connection.Output.Advance(chunk.Length);
            written += chunk.Length;
            flush = connection.Output.FlushAsync(cancel.Token);
        }
        while (flush.IsCompleted && written < 100_000_000);

        Assert.InRange(written, 512 * 1024, 99_999_999);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await flush);
        Assert.Equal(written, await DrainAsync(pair.Far, written));
    }

    [Fact]
    public async Task A_failed_send_ends_the_writer_without_an_exception_and_the_reader()
    {
        using var pair = await SocketPair.ConnectAsync();
        using var connection = Connect(pair);
        var reading = connection.Input.ReadAsync().AsTask();
        pair.Reset();

        FlushResult flush;
        do
        {
            flush = await connection.Output.WriteAsync(new byte[100]).AsTask().WaitAsync(Patience);
        }
        while (!flush.IsCompleted);

        // An exception or an end, according to which of the two the system gave the reset to.
        await Record.ExceptionAsync(() => reading.WaitAsync(Patience));
        Assert.True(reading.IsFaulted || (await reading).IsCompleted);
        Assert.NotEqual(PipeShutdownKind.None, connection.ShutdownKind);
    }

    [Fact]
    public async Task Dispose_ends_the_read_and_leaves_counters_to_be_asked_for()
    {
        using var pair = await SocketPair.ConnectAsync();
        var connection = Connect(pair);
        var reading = connection.Input.ReadAsync().AsTask();

        connection.Dispose();

        await Record.ExceptionAsync(() => reading.WaitAsync(Patience));
        Assert.True(reading.IsCompleted);
        Assert.Equal(-1, connection.GetCounters().BytesAvailableOnSocket);
    }

    [Fact]
    public async Task The_loops_do_not_keep_the_AsyncLocals_of_the_one_who_connected()
    {
        using var pair = await SocketPair.ConnectAsync();
        var local = new AsyncLocal<object?> { Value = new object() };
        var probe = new ProbeStream(local);
        using var connection = (IDisposable)StreamConnection.GetDuplex(probe, PipeOptions.Default, PipeOptions.Default, "probe");

        Assert.Null(await probe.SeenByReader.WaitAsync(Patience));
        Assert.NotNull(local.Value);
    }

    [Fact]
    public async Task A_stream_is_closed_after_the_write_under_way()
    {
        var stream = new ProbeStream(new AsyncLocal<object?>());
        var connection = StreamConnection.GetDuplex(stream, PipeOptions.Default, PipeOptions.Default, "slow");
        await connection.Output.WriteAsync(new byte[] { 1 });
        await stream.WriteBegun.WaitAsync(Patience);

        ((IDisposable)connection).Dispose();
        Assert.False(stream.Closed.IsCompleted);
        stream.EndWrite();

        await stream.Closed.WaitAsync(Patience);
    }

    private static SocketConnection Connect(SocketPair pair)
    {
        SocketConnection.SetRecommendedClientOptions(pair.Near);
        var send = new PipeOptions(pauseWriterThreshold: 512 * 1024, resumeWriterThreshold: 256 * 1024);
        return SocketConnection.Create(pair.Near, send, PipeOptions.Default, SocketConnectionOptions.None, "under test");
    }

    private static async Task<byte[]> ReadAsync(SocketConnection connection, int atLeast)
    {
        var read = await connection.Input.ReadAtLeastAsync(atLeast).AsTask().WaitAsync(Patience);
        var bytes = read.Buffer.ToArray();
        connection.Input.AdvanceTo(read.Buffer.End);
        return bytes;
    }

    private static async Task<long> DrainAsync(Socket socket, long expected)
    {
        var buffer = new byte[1 << 20];
        long total = 0;
        while (total < expected)
        {
            total += await socket.ReceiveAsync(buffer).WaitAsync(Patience);
        }

        return total;
    }
}
