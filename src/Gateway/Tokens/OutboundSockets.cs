using System.Net;
using System.Net.Sockets;

namespace Gateway.Tokens;

/// <summary>
/// Connects to third parties: tries every address of the name in turn, each for a limited time, and resolves names under <c>localhost</c>
/// to loopback without DNS (RFC 6761 section 6.3).
/// </summary>
public sealed class OutboundSockets(TimeProvider clock)
{
    /// <summary>The time to connect, TLS included.</summary>
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    // Leaves time for the next address when one does not answer.
    private static readonly TimeSpan PerAddress = TimeSpan.FromSeconds(2);

    /// <summary>For the gateway's own calls: no redirects, no cookies, no proxy, no trace context.</summary>
    public SocketsHttpHandler CreateHandler()
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        };
        Apply(handler);
        return handler;
    }

    public void Apply(SocketsHttpHandler handler)
    {
        handler.ConnectTimeout = ConnectTimeout;
        handler.ConnectCallback = ConnectAsync;
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var addresses = await ResolveAsync(context.DnsEndPoint.Host, cancellationToken);
        for (var i = 0; ; i++)
        {
            try
            {
                return await ConnectAsync(new IPEndPoint(addresses[i], context.DnsEndPoint.Port), cancellationToken);
            }
            catch (SocketException) when (i < addresses.Length - 1)
            {
                // The next address may answer; the failure of the last one is thrown.
            }
        }
    }

    private async Task<Stream> ConnectAsync(IPEndPoint endPoint, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(PerAddress, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endPoint, either.Token);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            socket.Dispose();
            throw new SocketException((int)SocketError.TimedOut);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out var literal))
        {
            return [literal];
        }

        if (IsLoopbackName(host))
        {
            return [IPAddress.Loopback, IPAddress.IPv6Loopback];
        }

        var found = await Dns.GetHostAddressesAsync(host, cancellationToken);
        return found.Length > 0 ? found : throw new SocketException((int)SocketError.HostNotFound);
    }

    private static bool IsLoopbackName(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);
}
