using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

using Gateway.Configuration.Listeners;

namespace Gateway.Tests.Configuration.Listeners;

public sealed class SecureListenerTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task An_HTTPS_endpoint_serves_its_own_listener(string version)
    {
        await using var app = await ListenerApp.StartAsync(
            new()
            {
                [GatewayListener.Proxy] = static endpoints =>
                    endpoints.MapGet("/x", static (HttpContext context) => context.Request.Protocol),
                [GatewayListener.Admin] = static endpoints => endpoints.MapGet("/y", static () => "admin"),
            },
            "Kestrel:Endpoints:Proxy:Url=https://127.0.0.1:0", $"Kestrel:Endpoints:Proxy:Certificate:Path={Certificate()}",
            "Kestrel:Endpoints:Proxy:Certificate:Password=p");
        using var client = new HttpClient(
            new SocketsHttpHandler
            {
                SslOptions =
                { RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate?.Subject == "CN=gateway" }
            });
        client.DefaultRequestVersion = Version.Parse(version);
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;

        using var missing =
            await client.GetAsync(new Uri(app.AddressOf(GatewayListener.Proxy), "/y"), TestContext.Current.CancellationToken);

        Assert.Equal(
            $"HTTP/{version[..1]}",
            (await client.GetStringAsync(new Uri(app.AddressOf(GatewayListener.Proxy), "/x"), TestContext.Current.CancellationToken))[..6]);
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
    }

    private string Certificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=gateway", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        File.WriteAllBytes(_directory.At("gateway.pfx"), certificate.Export(X509ContentType.Pkcs12, "p"));
        return _directory.At("gateway.pfx");
    }
}
