using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gateway.Demo.Providers;

/// <summary>A self-signed certificate for loopback names, generated once for each process. Tests trust it by its thumbprint.</summary>
internal static class LoopbackCertificate
{
    private static readonly Lazy<X509Certificate2> Instance = new(Create);

    public static X509Certificate2 Current => Instance.Value;

    private static X509Certificate2 Create()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(Names());
        var now = TimeProvider.System.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));

        // Kestrel refuses an ephemeral key on some platforms; export and import as PKCS#12 produce a key that it accepts.
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), password: null);
    }

    private static X509Extension Names()
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddDnsName("*.localhost");
        names.AddDnsName("*.bipsync.localhost");
        names.AddIpAddress(IPAddress.Loopback);
        return names.Build();
    }
}

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
