using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Tests.Proxy;

/// <summary>HTTP/2 from callers and to third parties, and TLS to third parties.</summary>
public sealed class Http2Tests
{
    [Fact]
    public async Task Trailers_stream_back_without_forbidden_fields()
    {
        await using var upstream = await Http2Upstream.StartAsync();
        upstream.Answer = async context =>
        {
            context.Response.DeclareTrailer("X-Checksum");
            await context.Response.WriteAsync("body");
            context.Response.AppendTrailer("X-Checksum", "abc");
            context.Response.AppendTrailer("X-Echo", "Bearer token-1");
            context.Response.AppendTrailer("Gateway-Error", "mine");
        };
        await using var gateway = await StartAsync(upstream.Origin);

        using var response = await SendAsync(gateway, new HttpRequestMessage(HttpMethod.Get, "/acme/x"));

        Assert.Equal("body", await response.Content.ReadAsStringAsync());
        Assert.Equal(["x-checksum"], response.TrailingHeaders.Select(trailer => trailer.Key));
    }

    [Fact]
    public async Task Trailers_named_in_Connection_are_not_forwarded()
    {
        await using var upstream = RawUpstream.Start((_, connection) => connection.SendAsync(
            "HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "4\r\nbody\r\n0\r\nX-Hop: 1\r\nX-Checksum: abc\r\n\r\n").AsTask());
        await using var gateway = await StartAsync(upstream.Origin, http2Upstream: false);

        using var response = await SendAsync(gateway, new HttpRequestMessage(HttpMethod.Get, "/acme/x"));

        Assert.Equal(["x-checksum"], response.TrailingHeaders.Select(trailer => trailer.Key.ToLowerInvariant()));
    }

    [Fact]
    public async Task The_header_rules_apply_to_HTTP2_callers()
    {
        await using var upstream = RawUpstream.Start();
        await using var gateway = await StartAsync(upstream.Origin, http2Upstream: false);

        using var message = new HttpRequestMessage(HttpMethod.Post, "/acme/a%2Fb?c=%zz") { Content = new StringContent("body") };
        message.Headers.TryAddWithoutValidation("Cookie", "a=b");
        message.Headers.TryAddWithoutValidation("Authorization", "mine");
        using var response = await SendAsync(gateway, message);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("/acme/a%2Fb?c=%zz", upstream.Only.Target);
        Assert.Equal("Bearer token-1", upstream.Only.One("Authorization"));
        Assert.False(upstream.Only.Has("Cookie"));
        Assert.Equal("body", upstream.Only.BodyText);
    }

    [Theory]
    [InlineData("/acme/../x")]
    [InlineData("/acme/%2e%2e/x")]
    [InlineData("/%61cme/x")]
    public async Task A_hostile_path_over_HTTP2_is_refused(string path)
    {
        await using var upstream = RawUpstream.Start();
        await using var gateway = await StartAsync(upstream.Origin, http2Upstream: false);

        using var response = await SendAsync(gateway, new HttpRequestMessage(HttpMethod.Get, path));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Empty(upstream.Requests);
    }

    [Fact]
    public async Task A_third_party_without_a_valid_certificate_receives_no_request()
    {
        using var key = RSA.Create(2048);
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        await using var upstream = await Http2Upstream.StartAsync(certificate);
        await using var gateway = await StartAsync(upstream.Origin, http2Upstream: false);

        using var response = await SendAsync(gateway, new HttpRequestMessage(HttpMethod.Get, "/acme/x"));

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal(["upstream_unreachable"], response.Headers.GetValues("Gateway-Error"));
        Assert.Empty(upstream.Attempts);
    }

    [Fact]
    public async Task HTTP2_is_chosen_where_TLS_offers_it()
    {
        using var key = RSA.Create(2048);
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        await using var upstream = await Http2Upstream.StartAsync(certificate);
        upstream.Answer = context => context.Response.WriteAsync(context.Request.Protocol);
        await using var gateway = await StartAsync(
            upstream.Origin, http2Upstream: false,
            setup => setup.With("Clusters", "acme", "HttpClient", """{ "DangerousAcceptAnyServerCertificate": true }"""));

        using var response = await SendAsync(gateway, new HttpRequestMessage(HttpMethod.Get, "/acme/x"));

        Assert.Equal("HTTP/2", await response.Content.ReadAsStringAsync());
        Assert.Equal(["Bearer token-1"], upstream.Attempts);
    }

    private static Task<GatewayUnderTest> StartAsync(string origin, bool http2Upstream = true, Action<GatewaySetup>? change = null)
    {
        var setup = new GatewaySetup
        {
            Configure = static builder => builder.WebHost.ConfigureKestrel(
                static options => options.ConfigureEndpointDefaults(static endpoint => endpoint.Protocols = HttpProtocols.Http2)),
        };
        setup.Secret("acme", origin, "token-1").Route("acme", "/acme/{**path}", origin, "\"Credential\": \"acme\"");
        if (http2Upstream)
        {
            setup.With("Clusters", "acme", "HttpRequest", """{ "Version": "2", "VersionPolicy": "RequestVersionExact" }""");
        }

        change?.Invoke(setup);
        return GatewayUnderTest.StartAsync(setup);
    }

    private static async Task<HttpResponseMessage> SendAsync(GatewayUnderTest gateway, HttpRequestMessage message)
    {
        using var client = new HttpMessageInvoker(new SocketsHttpHandler());
        message.RequestUri = new Uri(
            $"http://127.0.0.1:{gateway.Port}{message.RequestUri}",
            new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        message.Version = HttpVersion.Version20;
        message.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        var response = await client.SendAsync(message, CancellationToken.None);
        await response.Content.LoadIntoBufferAsync();
        return response;
    }
}
