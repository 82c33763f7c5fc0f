using System.Net;
using System.Net.Sockets;
using System.Text;

using Gateway.Configuration.Listeners;

namespace Gateway.Tests.Configuration.Listeners;

public sealed class ListenerTests
{
    /// <summary>Ways to write a path of the Admin or the Connect listener.</summary>
    public static TheoryData<string> ForeignTargets =>
    [
        "/connections", "/connections/", "/%63onnections", "/%63%6f%6e%6e%65%63%74%69%6f%6e%73", "/CONNECTIONS", "//connections",
        "/./connections",
        "/x/../connections", "/x/%2e%2e/connections", "/connections?x=1", "/connections;x=1", "/connections%2Fbokio",
        "/connections/bokio%2f..",
        "http://127.0.0.1:8081/connections", "/metrics", "/health/live", "/connect/abc", "/callback/bokio",
    ];

    [Theory]
    [MemberData(nameof(ForeignTargets))]
    public async Task A_path_of_another_listener_is_not_found_in_any_encoding(string target)
    {
        await using var gateway = await RunningGateway.StartAsync("{}");

        foreach (var method in new[] { "GET", "POST", "DELETE", "OPTIONS" })
        {
            Assert.Equal(HasDotSegment(target) ? "400" : "404", await SendAsync(gateway.App, GatewayListener.Proxy, method, target));
            var other = target.Contains("connect/", StringComparison.Ordinal) || target.Contains("callback", StringComparison.Ordinal)
                ? GatewayListener.Admin : GatewayListener.Connect;
            Assert.Equal("404", await SendAsync(gateway.App, other, method, target));
        }
    }

    [Theory]
    [InlineData(GatewayListener.Admin, "/connections", "401")]
    [InlineData(GatewayListener.Admin, "/%63onnections", "401")]
    [InlineData(GatewayListener.Admin, "/health/live", "200")]
    [InlineData(GatewayListener.Connect, "/connect/abc", "404")]
    [InlineData(GatewayListener.Connect, "/callback/bokio", "303")]
    public async Task The_same_paths_are_served_by_their_own_listener(GatewayListener listener, string target, string status)
    {
        await using var gateway = await RunningGateway.StartAsync("{}");

        Assert.Equal(status, (await SendAsync(gateway.App, listener, "GET", target))[..3]);
    }

    [Fact]
    public async Task No_endpoint_is_mapped_outside_the_listeners()
    {
        await using var gateway = await RunningGateway.StartAsync("{}");

        Assert.Empty(((IEndpointRouteBuilder)gateway.App).DataSources);
    }

    [Theory]
    [InlineData("/bokio/invoices")]
    [InlineData("/%62okio/invoices")]
    public async Task A_proxied_path_is_served_by_the_Proxy_listener_only(string target)
    {
        await using var app = await StartAsync();

        Assert.Equal("200 proxied", await SendAsync(app, GatewayListener.Proxy, "POST", target));
        Assert.Equal("404", await SendAsync(app, GatewayListener.Admin, "POST", target));
        Assert.Equal("404", await SendAsync(app, GatewayListener.Connect, "POST", target));
    }

    [Fact]
    public async Task One_path_may_have_a_different_endpoint_on_each_listener()
    {
        await using var app = await StartAsync();

        Assert.Equal("200 Proxy", await SendAsync(app, GatewayListener.Proxy, "GET", "/shared"));
        Assert.Equal("200 Admin", await SendAsync(app, GatewayListener.Admin, "GET", "/shared"));
        Assert.Equal("404", await SendAsync(app, GatewayListener.Connect, "GET", "/shared"));
        Assert.Equal("405", await SendAsync(app, GatewayListener.Admin, "POST", "/shared"));
    }

    [Fact]
    public async Task A_listener_may_have_several_addresses()
    {
        await using var app = await ListenerApp.StartAsync(
            new()
            {
                [GatewayListener.Proxy] = static endpoints =>
                endpoints.MapGet("/port", static (HttpContext context) => $"{context.Connection.LocalPort}")
            },
            "Kestrel:Endpoints:Proxy2:Url=http://127.0.0.1:0", "Kestrel:Endpoints:Proxy2:Protocols=Http2");
        using var client =
            new HttpClient { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };

        var second = app.Urls.Select(static url => new Uri(url)).Except(Enum.GetValues<GatewayListener>().Select(app.AddressOf)).Single();

        Assert.Equal($"200 {app.AddressOf(GatewayListener.Proxy).Port}", await SendAsync(app, GatewayListener.Proxy, "GET", "/port"));
        Assert.Equal($"{second.Port}", await client.GetStringAsync(new Uri(second, "/port"), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("GET", "/nothing", HttpStatusCode.NotFound, "route_not_found")]
    [InlineData("GET", "/health/dead", HttpStatusCode.NotFound, "route_not_found")]
    [InlineData("DELETE", "/providers", HttpStatusCode.MethodNotAllowed, "method_not_allowed")]
    public async Task An_unknown_admin_path_is_a_problem(string method, string target, HttpStatusCode status, string code)
    {
        await using var gateway = await RunningGateway.StartAsync("{}");
        using var client = new HttpClient { BaseAddress = gateway.App.AddressOf(GatewayListener.Admin) };

        using var answer =
            await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), target), TestContext.Current.CancellationToken);

        await answer.ShouldBeProblemAsync(status, code);
        Assert.Equal(status == HttpStatusCode.MethodNotAllowed ? ["GET"] : [], answer.Content.Headers.Allow);
    }

    [Fact]
    public async Task A_catch_all_route_matches_paths_of_other_listeners_on_the_Proxy_listener_only()
    {
        await using var app = await ListenerApp.StartAsync(new()
        {
            [GatewayListener.Proxy] = static endpoints => endpoints.Map("/{**path}", static () => "proxied"),
            [GatewayListener.Admin] = static endpoints => endpoints.MapGet("/things", static () => "admin"),
        });

        Assert.Equal("200 proxied", await SendAsync(app, GatewayListener.Proxy, "GET", "/things"));
        Assert.Equal("200 proxied", await SendAsync(app, GatewayListener.Proxy, "POST", "/things"));
        Assert.Equal("200 proxied", await SendAsync(app, GatewayListener.Proxy, "GET", "/connections"));
        Assert.Equal("200 admin", await SendAsync(app, GatewayListener.Admin, "GET", "/things"));
        Assert.Equal("404", await SendAsync(app, GatewayListener.Connect, "GET", "/things"));
    }

    [Fact]
    public async Task The_Host_header_does_not_select_the_listener()
    {
        await using var app = await StartAsync();
        var admin = app.AddressOf(GatewayListener.Admin).Authority;

        Assert.Equal("404", await SendAsync(app, GatewayListener.Proxy, "GET", "/operators", host: admin));
        Assert.Equal("200 admin", await SendAsync(app, GatewayListener.Admin, "GET", "/operators", host: "evil.example"));
    }

    [Fact]
    public async Task Request_bodies_are_unlimited_on_the_Proxy_listener_and_limited_to_1_MiB_elsewhere()
    {
        static void MapUpload(IEndpointRouteBuilder endpoints) => endpoints.MapPost("/upload", static async (HttpRequest request) =>
        {
            await request.Body.CopyToAsync(Stream.Null);
            return Results.Ok();
        });
        await using var app =
            await ListenerApp.StartAsync(new() { [GatewayListener.Proxy] = MapUpload, [GatewayListener.Admin] = MapUpload });
        using var client = new HttpClient();
        async Task<HttpStatusCode> UploadAsync(GatewayListener listener, int length)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(app.AddressOf(listener), "/upload"));
            request.Content = new ByteArrayContent(new byte[length]);
            request.Headers.ExpectContinue = true;
            using var response = await client.SendAsync(request);
            return response.StatusCode;
        }

        // Above Kestrel's own default of 30,000,000 bytes.
        Assert.Equal(HttpStatusCode.OK, await UploadAsync(GatewayListener.Proxy, 40_000_000));
        Assert.Equal(HttpStatusCode.OK, await UploadAsync(GatewayListener.Admin, 1_048_576));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await UploadAsync(GatewayListener.Admin, 1_048_577));
    }

    [Fact]
    public async Task Answers_do_not_name_the_server()
    {
        await using var gateway = await RunningGateway.StartAsync("{}");
        using var client = new HttpClient();

        using var response =
            await client.GetAsync(new Uri(gateway.App.AddressOf(GatewayListener.Proxy), "/nothing"), TestContext.Current.CancellationToken);

        Assert.False(response.Headers.Contains("Server"));
    }

    // The proxy refuses these before routing.
    private static bool HasDotSegment(string target) =>
        target.Contains("/.", StringComparison.Ordinal) || target.Contains("%2e", StringComparison.Ordinal)
        || target.EndsWith("..", StringComparison.Ordinal);

    private static Task<WebApplication> StartAsync() => ListenerApp.StartAsync(new()
    {
        [GatewayListener.Proxy] = static endpoints =>
        {
            endpoints.Map("/bokio/{**path}", static () => "proxied");
            endpoints.MapGet("/shared", static () => "Proxy");
        },
        [GatewayListener.Admin] = static endpoints =>
        {
            endpoints.MapGet("/shared", static () => "Admin");
            endpoints.MapGet("/operators", static () => "admin");
        },
        [GatewayListener.Connect] = static endpoints => endpoints.MapGet("/connect/{link}", static () => "connect"),
    });

    /// <summary>Sends a target unchanged, which HTTP clients do not do.</summary>
    /// <returns>The status, and the body of a success.</returns>
    private static async Task<string> SendAsync(
        WebApplication app, GatewayListener listener, string method, string target, string host = "gateway")
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, app.AddressOf(listener).Port);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"{method} {target} HTTP/1.1\r\nHost: {(target[0] == '/' ? host : new Uri(target).Authority)}\r\nContent-Length: 0\r\n"
                    + "Connection: close\r\n\r\n"));
        using var reader = new StreamReader(stream);
        var answer = await reader.ReadToEndAsync();
        var status = answer.Split(' ')[1];
        return status == "200" ? $"200 {answer.Split("\r\n")[^4].Trim()}" : status;
    }
}
