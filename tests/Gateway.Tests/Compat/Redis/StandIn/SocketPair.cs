using System.Net;
using System.Net.Sockets;

namespace Gateway.Tests.Compat.Redis.StandIn;

/// <summary>Two connected sockets of the loopback.</summary>
internal sealed class SocketPair : IDisposable
{
    private SocketPair(Socket near, Socket far) => (Near, Far) = (near, far);

    public Socket Near { get; }

    public Socket Far { get; }

    public static async Task<SocketPair> ConnectAsync()
    {
        using var listener = Listen();
        var near = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await near.ConnectAsync(listener.LocalEndPoint!);
        return new SocketPair(near, await listener.AcceptAsync());
    }

    public static Socket Listen()
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        return listener;
    }

    /// <summary>Ends the far side with a RST, not a FIN.</summary>
    public void Reset()
    {
        Far.LingerState = new LingerOption(enable: true, seconds: 0);
        Far.Dispose();
    }

    public void Dispose()
    {
        Near.Dispose();
        Far.Dispose();
    }
}
