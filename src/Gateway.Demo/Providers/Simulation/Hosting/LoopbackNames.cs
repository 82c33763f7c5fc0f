using System.Net;
using System.Net.Sockets;

namespace Gateway.Demo.Providers;

/// <summary>
/// Lets a <see cref="SocketsHttpHandler"/> reach names below <c>.localhost</c> (RFC 6761 section 6.3). Curl and browsers know that they
/// mean loopback; .NET asks the system, and many systems do not know.
/// </summary>
internal static class LoopbackNames
{
    /// <summary>For <see cref="SocketsHttpHandler.ConnectCallback"/>. Other names are resolved as usual.</summary>
    public static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(Resolve(context.DnsEndPoint), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static EndPoint Resolve(DnsEndPoint name) =>
        name.Host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase) ? new IPEndPoint(IPAddress.Loopback, name.Port) : name;
}
