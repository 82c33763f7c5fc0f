using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Testing.TcpFaults;

public sealed class TcpFaultProxyTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = Eventually.Patience;

    private readonly ManualClock _clock = new();
    private readonly TcpListener _target = new(IPAddress.Loopback, 0);
    private readonly TcpFaultProxy _proxy;

    public TcpFaultProxyTests()
    {
        _target.Start();
        _proxy = TcpFaultProxy.Start(_target.LocalEndpoint, _clock);
    }

    [Fact]
    public async Task No_fault_carries_bytes_and_ends_both_ways()
    {
        using var line = await ConnectAsync();

        await SendAsync(line.Client, "ping");
        Assert.Equal("ping", await ReadAsync(line.Server, 4));
        await SendAsync(line.Server, "pong");
        Assert.Equal("pong", await ReadAsync(line.Client, 4));
        line.Client.Shutdown(SocketShutdown.Send);
        Assert.Equal("", await ReadAsync(line.Server, 1));
        await SendAsync(line.Server, "late");
        Assert.Equal("late", await ReadAsync(line.Client, 4));
        line.Server.Shutdown(SocketShutdown.Send);
        Assert.Equal("", await ReadAsync(line.Client, 1));
        await Eventually.TrueAsync(() => _proxy.Connections == 0, "The connection was not closed.");
    }

    [Fact]
    public async Task Much_data_arrives_unchanged_both_ways_at_once()
    {
        using var line = await ConnectAsync();
        var data = new byte[4 << 20];
        Random.Shared.NextBytes(data);
        var (there, back) = (new byte[data.Length], new byte[data.Length]);

        await Task.WhenAll(
            Stream(line.Client).WriteAsync(data).AsTask(), Stream(line.Server).ReadExactlyAsync(there).AsTask(),
            Stream(line.Server).WriteAsync(data).AsTask(), Stream(line.Client).ReadExactlyAsync(back).AsTask()).WaitAsync(Patience);

        Assert.Equal(data, there);
        Assert.Equal(data, back);
    }

    [Fact]
    public async Task Latency_keeps_each_piece_for_its_time_and_in_order()
    {
        using var line = await ConnectAsync();
        _proxy.Set(Flow.ToServer, new() { Latency = TimeSpan.FromSeconds(3), Jitter = TimeSpan.FromSeconds(1) });
        await SendAsync(line.Client, "one");
        await UnderWayAsync();

        _clock.Advance(TimeSpan.FromSeconds(2.9));
        await SendAsync(line.Server, "the other way is not slow");
        Assert.Equal("the other way is not slow", await ReadAsync(line.Client, 25));
        Assert.Equal(0, line.Server.Available);
        _clock.Advance(TimeSpan.FromSeconds(1.2));
        Assert.Equal("one", await ReadAsync(line.Server, 3));
        await SendAsync(line.Client, "two");
        await UnderWayAsync();
        _clock.Advance(TimeSpan.FromSeconds(4));

        Assert.Equal("two", await ReadAsync(line.Server, 3));
    }

    [Fact]
    public async Task Stall_passes_no_bytes_and_no_end_until_it_ends()
    {
        using var line = await ConnectAsync();
        _proxy.SetBoth(LinkConditions.Stall);
        await SendAsync(line.Client, "kept");
        line.Client.Shutdown(SocketShutdown.Send);

        var (arrival, news) = (ReadAsync(line.Server, 4), ReadAsync(line.Client, 1));
        await Assert.ThrowsAsync<TimeoutException>(() => Task.WhenAny(arrival, news).WaitAsync(TimeSpan.FromMilliseconds(100)));
        _proxy.Heal();

        Assert.Equal("kept", await arrival);
        Assert.Equal("", await ReadAsync(line.Server, 1));
        line.Server.Close();
        Assert.Equal("", await news);
    }

    [Fact]
    public async Task Stall_fills_the_buffers_of_the_sender()
    {
        using var line = await ConnectAsync();
        _proxy.Set(Flow.ToServer, LinkConditions.Stall);

        var sending = Stream(line.Client).WriteAsync(new byte[64 << 20]).AsTask();

        await Assert.ThrowsAsync<TimeoutException>(() => sending.WaitAsync(TimeSpan.FromMilliseconds(200)));
        _proxy.ResetAll();
        await Assert.ThrowsAsync<IOException>(() => sending.WaitAsync(Patience));
    }

    [Fact]
    public async Task ResetAll_resets_both_ends()
    {
        using var line = await ConnectAsync();

        _proxy.ResetAll();

        Assert.Equal(SocketError.ConnectionReset, await ErrorAsync(line.Client));
        Assert.Equal(SocketError.ConnectionReset, await ErrorAsync(line.Server));
    }

    [Fact]
    public async Task CloseAll_closes_both_ends_and_new_connections_are_accepted()
    {
        using var line = await ConnectAsync();

        _proxy.CloseAll();

        Assert.Equal("", await ReadAsync(line.Client, 1));
        Assert.Equal("", await ReadAsync(line.Server, 1));
        using var next = await ConnectAsync();
        await SendAsync(next.Client, "x");
        Assert.Equal("x", await ReadAsync(next.Server, 1));
    }

    [Fact]
    public async Task A_reset_by_one_end_reaches_the_other_after_what_was_sent_before()
    {
        using var line = await ConnectAsync();
        await SendAsync(line.Client, "last words");
        Assert.Equal("last words", await ReadAsync(line.Server, 10));

        line.Client.LingerState = new(enable: true, 0);
        line.Client.Close();

        Assert.Equal(SocketError.ConnectionReset, await ErrorAsync(line.Server));
    }

    [Fact]
    public async Task TruncateAfter_passes_the_given_number_of_bytes_and_closes_both_ends()
    {
        using var line = await ConnectAsync();
        _proxy.Set(Flow.ToClient, new() { TruncateAfter = 5 });

        await SendAsync(line.Server, "hel");
        await SendAsync(line.Server, "lo, world");

        Assert.Equal("hello", await ReadAsync(line.Client, 12));
        Assert.Equal("", await ReadAsync(line.Server, 1));
        using var next = await ConnectAsync();
        await SendAsync(next.Server, "again!");
        Assert.Equal("again", await ReadAsync(next.Client, 6));
    }

    [Fact]
    public async Task SliceSize_cuts_pieces_without_changing_the_bytes()
    {
        using var line = await ConnectAsync();
        _proxy.Set(Flow.ToServer, new() { SliceSize = 1 });

        await SendAsync(line.Client, "sliced");

        Assert.Equal("sliced", await ReadAsync(line.Server, 6));
    }

    [Fact]
    public async Task Refuse_refuses_new_connections_and_keeps_open_ones()
    {
        using var line = await ConnectAsync();
        _proxy.Refuse();

        var error = await Assert.ThrowsAsync<SocketException>(ConnectAsync);

        Assert.Equal(SocketError.ConnectionRefused, error.SocketErrorCode);
        await SendAsync(line.Client, "open");
        Assert.Equal("open", await ReadAsync(line.Server, 4));
        _proxy.Accept();
        using var next = await ConnectAsync();
        await SendAsync(next.Client, "x");
        Assert.Equal("x", await ReadAsync(next.Server, 1));
    }

    [Fact]
    public async Task A_target_that_does_not_listen_resets_the_client()
    {
        _target.Stop();
        using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);

        // The connection is accepted and reset: the client sees the error at its first read or while connecting.
        var error = await Assert.ThrowsAsync<SocketException>(async () =>
        {
            await client.ConnectAsync(_proxy.EndPoint);
            await client.ReceiveAsync(new byte[1]);
        });

        Assert.Equal(SocketError.ConnectionReset, error.SocketErrorCode);
    }

    [Fact]
    public async Task HoldWhen_Bytes_keeps_the_piece_with_the_text_until_opened()
    {
        using var line = await ConnectAsync();
        using var other = await ConnectAsync();
        var hold = _proxy.HoldWhen(":connection");
        await SendAsync(line.Client, "GET a:lease\r\n");
        Assert.Equal("GET a:lease\r\n", await ReadAsync(line.Server, 13));

        await SendAsync(line.Client, "GET a:conn");
        Assert.Equal("GET a:conn", await ReadAsync(line.Server, 10));
        Assert.False(hold.Arrived.IsCompleted);
        await SendAsync(line.Client, "ection\r\n");
        await hold.Arrived.WaitAsync(Patience);

        Assert.Equal(0, line.Server.Available);
        await SendAsync(other.Client, "GET b:connection");
        Assert.Equal("GET b:connection", await ReadAsync(other.Server, 16));
        hold.Open();
        Assert.Equal("ection\r\n", await ReadAsync(line.Server, 8));
    }

    [Fact]
    public async Task HoldWhen_Bytes_of_a_client_that_died_arrive_when_opened()
    {
        using var line = await ConnectAsync();
        var hold = _proxy.HoldWhen("SET");
        await SendAsync(line.Client, "SET a 1");
        await hold.Arrived.WaitAsync(Patience);

        line.Client.Close();
        hold.Open();

        Assert.Equal("SET a 1", await ReadAsync(line.Server, 7));
        Assert.Equal("", await ReadAsync(line.Server, 1));
    }

    [Fact]
    public async Task HoldWhen_Cut_drops_the_piece_and_resets_both_ends()
    {
        using var line = await ConnectAsync();
        var hold = _proxy.HoldWhen("SET", skip: 1);
        await SendAsync(line.Client, "SET a 1");
        Assert.Equal("SET a 1", await ReadAsync(line.Server, 7));
        await SendAsync(line.Client, "SET a 2");
        await hold.Arrived.WaitAsync(Patience);

        hold.Cut();

        Assert.Equal(SocketError.ConnectionReset, await ErrorAsync(line.Server));
        Assert.Equal(SocketError.ConnectionReset, await ErrorAsync(line.Client));
    }

    [Fact]
    public async Task HoldWhen_Answer_passes_the_request_and_keeps_what_comes_back()
    {
        using var line = await ConnectAsync();
        var hold = _proxy.HoldWhen("EVALSHA", point: HoldPoint.Answer);
        await SendAsync(line.Client, "EVALSHA x");
        Assert.Equal("EVALSHA x", await ReadAsync(line.Server, 9));
        Assert.False(hold.Arrived.IsCompleted);

        await SendAsync(line.Server, ":1");
        await hold.Arrived.WaitAsync(Patience);
        Assert.Equal(0, line.Client.Available);
        await SendAsync(line.Client, "PING");
        Assert.Equal("PING", await ReadAsync(line.Server, 4));
        hold.Open();

        Assert.Equal(":1", await ReadAsync(line.Client, 2));
    }

    [Fact]
    public async Task HoldWhen_Answer_cut_drops_the_answer_after_the_target_acted()
    {
        using var line = await ConnectAsync();
        var hold = _proxy.HoldWhen("refresh_token", point: HoldPoint.Answer);
        await SendAsync(line.Client, "refresh_token=r1");
        Assert.Equal("refresh_token=r1", await ReadAsync(line.Server, 16));
        await SendAsync(line.Server, "r2");
        await hold.Arrived.WaitAsync(Patience);

        hold.Cut();

        Assert.Equal(SocketError.ConnectionReset, await ErrorAsync(line.Client));
    }

    [Fact]
    public async Task DisposeAsync_ends_every_stalled_connection()
    {
        using var line = await ConnectAsync();
        using var held = await ConnectAsync();
        var hold = _proxy.HoldWhen("stuck");
        await SendAsync(held.Client, "stuck");
        await hold.Arrived.WaitAsync(Patience);
        _proxy.SetBoth(LinkConditions.Stall);

        await _proxy.DisposeAsync().AsTask().WaitAsync(Patience);

        Assert.Equal(0, _proxy.Connections);
        Assert.Equal("", await ReadAsync(line.Client, 1));
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        _target.Dispose();
    }

    private async Task<Line> ConnectAsync()
    {
        var client = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await client.ConnectAsync(_proxy.EndPoint);
            return new(client, await _target.AcceptSocketAsync().WaitAsync(Patience));
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    private Task UnderWayAsync() => Eventually.TrueAsync(() => _clock.PendingTimers == 1, "No call is in flight.");

    private static NetworkStream Stream(Socket socket) => new(socket);

    private static async Task SendAsync(Socket socket, string text) => await socket.SendAsync(Encoding.ASCII.GetBytes(text));

    // Reads up to this many characters; fewer when the other side ended before.
    private static async Task<string> ReadAsync(Socket socket, int count)
    {
        using var limit = new CancellationTokenSource(Patience);
        var buffer = new byte[count];
        var read = 0;
        while (read < count && await socket.ReceiveAsync(buffer.AsMemory(read), limit.Token) is > 0 and var more)
        {
            read += more;
        }

        return Encoding.ASCII.GetString(buffer, 0, read);
    }

    private static async Task<SocketError> ErrorAsync(Socket socket)
    {
        using var limit = new CancellationTokenSource(Patience);
        var error = await Assert.ThrowsAsync<SocketException>(async () => await socket.ReceiveAsync(new byte[1], limit.Token));
        return error.SocketErrorCode;
    }

    private sealed record Line(Socket Client, Socket Server) : IDisposable
    {
        public void Dispose()
        {
            Client.Dispose();
            Server.Dispose();
        }
    }
}
