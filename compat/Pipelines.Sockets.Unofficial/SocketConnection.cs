using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Pipelines.Sockets.Unofficial;

/// <summary>Two pipes over a connected socket, which it closes when disposed.</summary>
public sealed class SocketConnection : StreamConnection
{
    private readonly Socket socket;

    private SocketConnection(Socket socket, PipeOptions send, PipeOptions receive, string? name)
        : base(new NetworkStream(socket, ownsSocket: true), send, receive, name) => this.socket = socket;

    public long BytesRead => TotalBytesReceived;

    public long BytesSent => TotalBytesSent;

    public static SocketConnection Create(
        Socket socket, PipeOptions sendOptions, PipeOptions receiveOptions, SocketConnectionOptions options, string? name = null) =>
        new(socket, sendOptions, receiveOptions, name);

    /// <summary>Nothing to assert: all it needs is part of the framework.</summary>
    public static void AssertDependencies()
    {
    }

    /// <summary>No waiting for more to send. A unix socket does not know the option and throws.</summary>
    public static void SetRecommendedClientOptions(Socket socket)
    {
        if (socket.AddressFamily != AddressFamily.Unix)
        {
            socket.NoDelay = true;
        }
    }

    public Counters GetCounters()
    {
        try
        {
            return new(socket.Available);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return new(-1);
        }
    }

    /// <summary>
    /// Bytes under way, for the texts of the client's timeouts, which leave out what is negative: what waits on a dead socket, and what
    /// waits in the pipes, which is not counted here.
    /// </summary>
    [StructLayout(LayoutKind.Auto)]
    public readonly struct Counters
    {
        internal Counters(long available) => BytesAvailableOnSocket = available;

        public long BytesAvailableOnSocket { get; }

        public long BytesWaitingToBeRead { get; } = -1;

        public long BytesWaitingToBeSent { get; } = -1;
    }
}
