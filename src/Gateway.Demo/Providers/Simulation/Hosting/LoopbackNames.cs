using System.Net;
using System.Net.Sockets;

namespace Gateway.Demo.Providers;

/// <summary>
/// Resolves names below <c>.localhost</c> to loopback (RFC 6761 section 6.3) for a <see cref="SocketsHttpHandler"/>. Curl and browsers do
/// this themselves; .NET asks the system's resolver, which often does not.
/// </summary>
internal static class LoopbackNames
{
    /// <summary>A <see cref="SocketsHttpHandler.ConnectCallback"/>. The system resolves all other names.</summary>
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
