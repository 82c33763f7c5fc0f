using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Gateway.Testing;

/// <summary>A third party on a raw socket: records each request byte for byte; the test decides the answer.</summary>
internal sealed class RawUpstream : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ConcurrentBag<RawConnection> _connections = [];
    private readonly Task _accepting;

    private readonly X509Certificate2? _certificate;

    private RawUpstream(Func<RawRequest, RawConnection, Task> answer, bool tls)
    {
        _certificate = tls ? CreateCertificate() : null;
        Answer = answer;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(512);
        _accepting = AcceptAsync();
    }

    /// <summary>Called with the head of each request. It may read the body, answer, or dispose the connection.</summary>
    public Func<RawRequest, RawConnection, Task> Answer { get; set; }

    public ConcurrentQueue<RawRequest> Requests { get; } = new();

    public int Connections => _connections.Count;

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public string Origin => $"{(_certificate is null ? "http" : "https")}://127.0.0.1:{Port}";

    /// <summary>The only request received.</summary>
    public RawRequest Only => Assert.Single(Requests);

    /// <summary>Reads each body and answers 200, until <see cref="Answer"/> is replaced.</summary>
    public static RawUpstream Start(Func<RawRequest, RawConnection, Task>? answer = null, bool tls = false) => new(answer ?? OkAsync, tls);

    /// <summary>Reads the body and answers with this head and body; Content-Length is added.</summary>
    public static Func<RawRequest, RawConnection, Task> Says(string statusAndHeaders, string body = "") => async (request, connection) =>
    {
        if (await connection.ReadBodyAsync(request))
        {
            await connection.SendAsync(
                $"HTTP/1.1 {statusAndHeaders}\r\nContent-Length: {Encoding.Latin1.GetByteCount(body)}\r\n\r\n{body}");
        }
    };

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        foreach (var connection in _connections)
        {
            connection.Dispose();
        }

        await _accepting;
    }

    private static Task OkAsync(RawRequest request, RawConnection connection) => Says("200 OK", "ok")(request, connection);

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptAsync());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task<RawConnection> OpenAsync(Socket socket)
    {
        if (_certificate is null)
        {
            return new RawConnection(socket);
        }

        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await stream.AuthenticateAsServerAsync(_certificate);
        return new RawConnection(socket, stream);
    }

    private static X509Certificate2 CreateCertificate()
    {
        using var key = RSA.Create(2048);
        return new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            var connection = await OpenAsync(socket);
            _connections.Add(connection);
            while (await connection.ReadRequestAsync() is { } request)
            {
                Requests.Enqueue(request);
                await Answer(request, connection);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The gateway or the test closed the connection.
        }
    }
}
