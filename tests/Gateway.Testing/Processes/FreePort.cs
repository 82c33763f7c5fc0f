using System.Net;
using System.Net.Sockets;

namespace Gateway.Testing;

/// <summary>
/// A loopback port for servers that cannot report a port of their own choice, or that restart on the same port. It lies below the range of
/// ephemeral ports (32768 and up on Linux, 49152 elsewhere): no other socket gets it between this query and the server's start, or while
/// the server is down.
/// </summary>
internal static class FreePort
{
    private const int First = 12_000;
    private const int Count = 20_000;

    // Starts at a random port, so that two test runs on one machine rarely collide; each call takes the next.
    private static int _last = Random.Shared.Next(Count);

    public static int Next()
    {
        for (var attempt = 0; attempt < Count; attempt++)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref _last) % Count);
            if (IsFree(port))
            {
                return port;
            }
        }

        throw new InvalidOperationException("Every port is taken.");
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var probe = new TcpListener(IPAddress.Loopback, port);
            probe.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
