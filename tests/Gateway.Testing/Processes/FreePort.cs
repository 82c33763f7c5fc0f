using System.Net;
using System.Net.Sockets;

namespace Gateway.Testing;

/// <summary>
/// A loopback port for servers that can't say which port they chose themselves, or that come back on the one they had. It lies below the
/// range from which systems serve "any port" (32768 and up on Linux, 49152 elsewhere): no socket of a test beside us can be given it
/// between this question and the server's start, or while the server is down.
/// </summary>
internal static class FreePort
{
    private const int First = 12_000;
    private const int Count = 20_000;

    // Random, so that two test runs on one machine do not walk side by side; each call takes the next.
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
