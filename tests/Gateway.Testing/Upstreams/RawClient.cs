using System.Net;
using System.Net.Sockets;

namespace Gateway.Testing;

/// <summary>An internal application on a raw socket.</summary>
internal static class RawClient
{
    private static readonly TimeSpan Patience = Eventually.Patience;

    public static async Task<RawConnection> ConnectAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return new RawConnection(socket);
    }

    /// <summary>Sends these bytes on a new connection and reads one response.</summary>
    public static async Task<RawResponse> SendAsync(int port, string request)
    {
        using var connection = await ConnectAsync(port);
        await connection.SendAsync(request);
        return await connection.ReadResponseAsync(request.StartsWith("HEAD ", StringComparison.Ordinal)).WaitAsync(Patience);
    }
}
