using System.Net.Sockets;
using System.Text;

using Gateway.Observability;

using WireMock.RequestBuilders;
using WireMock.ResponseBuilders;
using WireMock.Server;

namespace Gateway.Tests.Observability;

[Collection(nameof(ObservedGateway))]
public sealed class LogHygieneTests : IDisposable
{
    private const string Canary = "CANARY";

    // Every category that an operator can lower to Trace, in every form of a filter rule.
    private static readonly string[] Everything =
    [
        "--Logging:LogLevel:Default=Trace", "--Logging:LogLevel:Microsoft.AspNetCore=Trace", "--Logging:LogLevel:Yarp=Trace",
        "--Logging:LogLevel:Yarp.ReverseProxy.Forwarder.HttpForwarder=Trace",
        "--Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics=Trace",
        "--Logging:LogLevel:System.Net.Http.HttpClient=Trace", "--Logging:Console:LogLevel:Default=Trace",
        "--Logging:Console:LogLevel:Microsoft.AspNetCore.Server.Kestrel=Trace",
    ];

    private readonly WireMockServer _upstream = WireMockServer.Start();

    [Fact]
    public async Task No_secret_and_no_query_reaches_a_log_at_any_level()
    {
        await using var gateway = await ObservedGateway.StartAsync(_upstream.Urls[0], Everything);
        await PlayAsync(gateway);

        Assert.Contains(gateway.Logs.Entries, static line => line.Category.StartsWith("Gateway.", StringComparison.Ordinal));
        var leaks = gateway.Logs.Entries.Where(static line => line.ToString().Contains(Canary, StringComparison.OrdinalIgnoreCase));
        Assert.Empty(leaks.Select(static line => $"{line.Category} {line.Level} {line}"));
    }

    [Fact]
    public async Task The_same_requests_without_the_filter_leak()
    {
        await using var gateway =
            await ObservedGateway.StartAsync(_upstream.Urls[0], Everything, static builder => Unfilter(builder.Services));
        await PlayAsync(gateway);

        var leaking = gateway.Logs.Entries.Where(static line => line.ToString().Contains(Canary, StringComparison.OrdinalIgnoreCase))
            .Select(static line => line.Category).ToHashSet();
        Assert.Contains("Microsoft.AspNetCore.Hosting.Diagnostics", leaking);
        Assert.Contains("Yarp.ReverseProxy.Forwarder.HttpForwarder", leaking);
        Assert.DoesNotContain(leaking, static category => category.StartsWith("Gateway.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Yarp.ReverseProxy.Forwarder.HttpForwarder", LogLevel.Information, false)]
    [InlineData("Yarp.ReverseProxy.Forwarder.HttpForwarder", LogLevel.Warning, false)]
    [InlineData("Yarp.ReverseProxy.Forwarder.HttpForwarder", LogLevel.Error, true)]
    [InlineData("Microsoft.AspNetCore.DataProtection.KeyManagement.XmlKeyManager", LogLevel.Warning, false)]
    [InlineData("Microsoft.AspNetCore.DataProtection.KeyManagement.XmlKeyManager", LogLevel.Error, true)]
    [InlineData("Yarp.ReverseProxy.Configuration.ProxyConfigManager", LogLevel.Warning, true)]
    [InlineData("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Information, false)]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel.BadRequests", LogLevel.Debug, false)]
    [InlineData("Microsoft.Extensions.Diagnostics.HealthChecks.DefaultHealthCheckService", LogLevel.Error, false)]
    [InlineData("Some.Library", LogLevel.Information, false)]
    [InlineData("GatewayImpostor", LogLevel.Information, false)]
    [InlineData("Gateway.Audit", LogLevel.Trace, true)]
    [InlineData("Microsoft.Hosting.Lifetime", LogLevel.Information, true)]
    public void Categories_of_libraries_are_admitted_from_Warning(string category, LogLevel level, bool admitted) =>
        Assert.Equal(admitted, LogHygiene.Admits(category, level));

    [Theory]
    [InlineData("--Logging:LogLevel:Default=Error", false)]
    [InlineData("--Logging:LogLevel:Default=Information", true)]
    public async Task Operators_may_lower_the_level_of_the_gateway_categories(string argument, bool expected)
    {
        await using var gateway = await ObservedGateway.StartAsync(_upstream.Urls[0], [argument]);
        await gateway.PutAsync("seen-keys/default", """{"fields":{"apiKey":"k"}}""");
        Assert.Equal(expected, gateway.Logs.Entries.Any(static line => line is { Category: "Gateway.Audit", EventId: 3000 }));
    }

    public void Dispose() => _upstream.Dispose();

    private static void Unfilter(IServiceCollection services) =>
        services.Remove(services.Single(static service => service.ImplementationType == typeof(LogHygiene)));

    // A success and each kind of failure, with canaries in query, headers, bodies, credentials and the third party's answers.
    private async Task PlayAsync(ObservedGateway gateway)
    {
        _upstream.Given(Request.Create().WithPath("/ok")).RespondWith(Response.Create().WithStatusCode(200).WithBody(Canary));
        _upstream.Given(Request.Create().WithPath("/verify")).RespondWith(Response.Create().WithStatusCode(403).WithBody(Canary));
        _upstream.Given(Request.Create().WithPath("/denied")).RespondWith(Response.Create().WithStatusCode(401).WithBody(Canary));
        _upstream.Given(Request.Create().WithPath("/token")).RespondWith(Response.Create().WithStatusCode(200).WithBody($"<html>{Canary}"));

        await gateway.PutAsync("seen-keys/default", """{"fields":{"apiKey":"CANARY-api-key"}}""");
        await gateway.PutAsync("seen-oauth/default", """{"refreshToken":"CANARY-refresh","accessToken":"CANARY-access","expiresIn":600}""");
        foreach (var path in new[] { "/keys/ok", "/keys/denied", "/oauth/ok", "/oauth/denied", "/nowhere", "/keys/a/%2e%2e/b" })
        {
            await SendAsync(gateway.Proxy, HttpMethod.Get, path);
            await SendAsync(gateway.Proxy, HttpMethod.Post, path);
        }

        await SendAsync(gateway.Admin, HttpMethod.Post, "/connections/seen-keys/default/verify");
        await SendAsync(gateway.Admin, HttpMethod.Post, "/connections/seen-oauth/default/refresh");
        await SendAsync(gateway.Admin, HttpMethod.Put, "/connections/seen-oauth/default");
        await SendAsync(gateway.Admin, HttpMethod.Get, "/connections");
        foreach (var request in new[]
        {
            "GET /keys/ok?code=CANARY HTTP/9.9\r\n\r\n", "GET /keys/ok?code=CANARY\r\n\r\n", "CANARY\r\n\r\n",
            "GET /keys/ok?code=CANARY HTTP/1.1\r\nHost: a\r\nHost: CANARY\r\n\r\n",
            "GET /ok?code=CANARY HTTP/1.1\r\nHost: a\r\nCANARY CANARY\r\n\r\n",
            "POST /keys/ok?state=CANARY HTTP/1.1\r\nHost: a\r\nContent-Length: CANARY\r\n\r\n",
            "POST /keys/ok?state=CANARY HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nCANARY\r\n",
        })
        {
            await SendRawAsync(gateway.ProxyPort, request);
        }

        _upstream.Stop();
        await SendAsync(gateway.Proxy, HttpMethod.Get, "/keys/ok");
        gateway.Store.Away = true;
        await SendAsync(gateway.Proxy, HttpMethod.Get, "/keys/ok");
        await SendAsync(gateway.Admin, HttpMethod.Get, "/connections");
    }

    private static async Task SendAsync(HttpClient client, HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, $"{path}?code=CANARY-code&state=CANARY-state&limit=5");
        request.Headers.TryAddWithoutValidation("Cookie", "session=CANARY");
        request.Headers.TryAddWithoutValidation("X-Callers-Own", "CANARY");
        request.Headers.TryAddWithoutValidation("User-Agent", "CANARY");
        request.Content = method == HttpMethod.Get ? null : new StringContent("""{"refreshToken":"CANARY-in-a-body" """);
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
    }

    private static async Task SendRawAsync(int port, string request)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync("127.0.0.1", port, TestContext.Current.CancellationToken);
        var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request), TestContext.Current.CancellationToken);
        socket.Client.Shutdown(SocketShutdown.Send);
        await stream.CopyToAsync(Stream.Null, TestContext.Current.CancellationToken);
    }
}
