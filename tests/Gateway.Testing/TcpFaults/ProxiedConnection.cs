using System.Net;
using System.Net.Sockets;

namespace Gateway.Testing.TcpFaults;

/// <summary>One connection through the proxy: the client's socket, ours to the target, a pump for each direction.</summary>
internal sealed class ProxiedConnection(Socket client) : IDisposable
{
    private readonly Socket _server = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly CancellationTokenSource _ended = new();
    private int _closed; // 1 after a pump, a test or the proxy has closed it: the first call decides how.

    /// <summary>Carries bytes until both directions have ended, or until it is closed.</summary>
    public async Task RunAsync(EndPoint target, Link toServer, Link toClient)
    {
        try
        {
            await _server.ConnectAsync(target, _ended.Token);
            var there = new Pump(client, _server, toServer, Reset);
            var back = new Pump(_server, client, toClient, Reset) { Opposite = there };
            there.Opposite = back;
            await Task.WhenAll(there.RunAsync(_ended.Token), back.RunAsync(_ended.Token));
        }
        catch (SocketException)
        {
            Reset(); // The target refuses connections.
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // Closed by Reset or Close.
        }
    }

    /// <summary>Both ends see the connection reset (RST).</summary>
    public void Reset() => End(reset: true);

    /// <summary>Both ends see the connection end in order (FIN).</summary>
    public void Close() => End(reset: false);

    public void Dispose()
    {
        Close();
        _ended.Dispose();
    }

    private void End(bool reset)
    {
        if (Interlocked.Exchange(ref _closed, 1) == 0)
        {
            // Before the sockets close: a pump that ends in between disposes the source.
            _ended.Cancel();
            if (reset)
            {
                client.LingerState = _server.LingerState = new LingerOption(enable: true, 0);
            }
            else
            {
                EndInOrder(client);
                EndInOrder(_server);
            }

            client.Dispose();
            _server.Dispose();
        }
    }

    // FIN goes out before the socket is disposed: the runtime resets a socket that is disposed during a receive.
    private static void EndInOrder(Socket socket)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Not connected, or already closed.
        }
    }
}
