using System.Net.Sockets;
using Pipelines.Sockets.Unofficial;

namespace Gateway.Tests.Compat.Redis.StandIn;

public sealed class SocketAwaitableTests
{
    [Fact]
    public async Task Connecting_sending_and_sending_again_with_the_same_arguments_work()
    {
        using var listener = SocketPair.Listen();
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var args = new SocketAwaitableEventArgs(null) { RemoteEndPoint = listener.LocalEndPoint };
        await Begin(args, socket.ConnectAsync);

        args.SetBuffer(new byte[3]);

        Assert.Equal(3, await Begin(args, socket.SendAsync));
        Assert.Equal(3, await Begin(args, socket.SendAsync));
    }

    [Fact]
    public async Task A_refused_connect_throws_the_sockets_error()
    {
        using var closed = SocketPair.Listen();
        var address = closed.LocalEndPoint;
        closed.Dispose();
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var args = new SocketAwaitableEventArgs(null) { RemoteEndPoint = address };

        var error = await Assert.ThrowsAsync<SocketException>(async () => await Begin(args, socket.ConnectAsync));

        Assert.Equal(SocketError.ConnectionRefused, error.SocketErrorCode);
    }

    [Fact]
    public async Task Abort_BeforeCompletion_Wins()
    {
        using var args = new SocketAwaitableEventArgs(null);
        args.Abort(SocketError.TimedOut);
        args.Complete();

        var error = await Assert.ThrowsAsync<SocketException>(async () => await args);

        Assert.Equal(SocketError.TimedOut, error.SocketErrorCode);
    }

    [Fact]
    public async Task Abort_WhileAwaited_EndsTheWait()
    {
        using var args = new SocketAwaitableEventArgs(null);
        var waiting = WaitAsync(args);
        Assert.False(waiting.IsCompleted);

        args.Abort(SocketError.TimedOut);

        await Assert.ThrowsAsync<SocketException>(() => waiting);
    }

    [Fact]
    public async Task Abort_AfterCompletionOrAfterTheResult_ChangesNothing()
    {
        using var pair = await SocketPair.ConnectAsync();
        using var args = new SocketAwaitableEventArgs(null);
        args.SetBuffer(new byte[2]);
        args.Complete();
        args.Abort(SocketError.TimedOut);
        await args;
        args.Abort(SocketError.TimedOut);

        Assert.False(args.IsCompleted);
        Assert.Equal(2, await Begin(args, pair.Near.SendAsync));
    }

    private static SocketAwaitableEventArgs Begin(SocketAwaitableEventArgs args, Func<SocketAsyncEventArgs, bool> operation)
    {
        if (!operation(args))
        {
            args.Complete();
        }

        return args;
    }

    private static async Task WaitAsync(SocketAwaitableEventArgs args) => await args;
}
