using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Benchmarks;

/// <summary>
/// An origin that answers each request head with the same bytes. It has one thread for each connection and allocates nothing per request.
/// </summary>
internal sealed class CannedOrigin : IDisposable
{
    private static readonly byte[] Answer = Encoding.Latin1.GetBytes(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: no-store\r\nContent-Length: 2\r\n\r\n{}");

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public CannedOrigin()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(16);
        new Thread(Accept) { IsBackground = true }.Start();
    }

    public static ReadOnlySpan<byte> Body => "{}"u8;

    public string Address => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndPoint!).Port}/";

    public void Dispose() => _listener.Dispose();

    private void Accept()
    {
        try
        {
            while (true)
            {
                var connection = _listener.Accept();
                connection.NoDelay = true;
                new Thread(() => Serve(connection)) { IsBackground = true }.Start();
            }
        }
        catch (SocketException)
        {
            // The benchmark has disposed the listener.
        }
    }

    private static void Serve(Socket connection)
    {
        using var owned = connection;
        var buffer = new byte[4096];
        var length = 0;
        try
        {
            while (connection.Receive(buffer.AsSpan(length)) is > 0 and var read)
            {
                length += read;
                if (buffer.AsSpan(0, length).EndsWith("\r\n\r\n"u8))
                {
                    connection.Send(Answer);
                    length = 0;
                }
            }
        }
        catch (SocketException)
        {
            // The proxy has closed the connection.
        }
    }
}
