using System.Collections.Frozen;

using Gateway.Model;

namespace Gateway.Tests.Proxy;

public sealed class RequestGuardTests : IAsyncLifetime
{
    private const string Upgrade =
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    private readonly RawUpstream _upstream = RawUpstream.Start();
    private GatewayUnderTest _gateway = null!;

    public async ValueTask InitializeAsync() => _gateway = await GatewayUnderTest.StartAsync(new GatewaySetup()
        .Secret("acme", _upstream.Origin, "token-1")
        .Provider(new Provider
        {
            Name = "sockets",
            Kind = ProviderKind.Secret,
            Origin = GatewaySetup.Parse(_upstream.Origin),
            Injection = new Injection([new("Authorization", GatewaySetup.Template("Bearer {token}"))], []),
            Methods = FrozenSet.Create(StringComparer.Ordinal, "GET", "PURGE"),
            Upgrades = true,
        })
        .Connect("sockets", "default", "token-2")
        .Route("acme", "/acme/{**path}", _upstream.Origin, "\"Credential\": \"acme\"")
        .Route("sockets", "/sockets/{**path}", _upstream.Origin, "\"Credential\": \"sockets\"")
        .Route("reading", "/reading/{**path}", _upstream.Origin, "\"Credential\": \"acme\"")
        .With("Routes", "reading", "Match", """{ "Path": "/reading/{**path}", "Methods": [ "GET" ] }"""));

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    public async Task Common_methods_pass(string method)
    {
        Assert.Equal(200, (await _gateway.SendAsync($"{method} /acme/x HTTP/1.1\r\nHost: gateway\r\nContent-Length: 0\r\n\r\n")).Status);
        Assert.Equal(method, _upstream.Only.Method);
    }

    [Theory]
    [InlineData("TRACE")]
    [InlineData("TRACK")]
    [InlineData("FOO")]
    [InlineData("get")]
    [InlineData("PROPFIND")]
    public async Task Other_methods_are_refused_before_a_credential_is_fetched(string method)
    {
        var reads = _gateway.Store.Reads;

        var response = await _gateway.SendAsync($"{method} /acme/x HTTP/1.1\r\nHost: gateway\r\n\r\n");

        response.ShouldBeProblem(405, "method_not_allowed");
        Assert.Equal("DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT", response.One("Allow"));
        Assert.Equal(reads, _gateway.Store.Reads);
        Assert.Empty(_upstream.Requests);
    }

    [Theory]
    [InlineData("/acme/x")]
    [InlineData("example.com:443")]
    public async Task CONNECT_is_refused_for_every_target(string target)
    {
        var response = await _gateway.SendAsync($"CONNECT {target} HTTP/1.1\r\nHost: {(target[0] == '/' ? "gateway" : target)}\r\n\r\n");

        response.ShouldBeProblem(405, "method_not_allowed");
        Assert.Empty(_upstream.Requests);
    }

    [Fact]
    public async Task A_method_that_the_route_does_not_accept_is_a_problem()
    {
        var response = await _gateway.SendAsync("POST /reading/x HTTP/1.1\r\nHost: gateway\r\nContent-Length: 0\r\n\r\n");

        response.ShouldBeProblem(405, "method_not_allowed");
        Assert.Equal("GET", response.One("Allow"));
    }

    [Fact]
    public async Task A_provider_may_configure_its_methods()
    {
        Assert.Equal(200, (await _gateway.SendAsync("PURGE /sockets/x HTTP/1.1\r\nHost: gateway\r\n\r\n")).Status);
        Assert.Equal(405, (await _gateway.SendAsync("DELETE /sockets/x HTTP/1.1\r\nHost: gateway\r\n\r\n")).Status);
    }

    [Fact]
    public async Task An_upgrade_is_refused_before_a_credential_is_fetched()
    {
        var response = await _gateway.GetAsync("/acme/x", Upgrade);

        response.ShouldBeProblem(405, "method_not_allowed");
        Assert.Empty(_upstream.Requests);
    }

    [Fact]
    public async Task An_upgrade_passes_where_the_provider_allows_it()
    {
        _upstream.Answer = async (_, connection) =>
        {
            await connection.SendAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
            await connection.SendAsync(await connection.ReadSomeAsync(4));
        };
        using var caller = await _gateway.ConnectAsync();
        await caller.SendAsync($"GET /sockets/x HTTP/1.1\r\nHost: gateway\r\n{Upgrade}\r\n");

        Assert.Equal(101, (await caller.ReadResponseAsync()).Status);
        await caller.SendAsync("ping");
        Assert.Equal("ping"u8.ToArray(), await caller.ReadSomeAsync(4));
        Assert.Equal("Bearer token-2", _upstream.Only.One("Authorization"));
    }

    [Fact]
    public async Task An_offer_of_h2c_is_ignored()
    {
        Assert.Equal(
            200,
            (await _gateway.GetAsync(
                "/acme/x", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n")).Status);
        Assert.False(_upstream.Only.Has("Upgrade"));
        Assert.False(_upstream.Only.Has("HTTP2-Settings"));
    }

    [Fact]
    public async Task A_request_with_two_lengths_is_refused()
    {
        var response = await _gateway.SendAsync(
            "POST /acme/x HTTP/1.1\r\nHost: gateway\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");

        response.ShouldBeProblem(400, "bad_request");
        Assert.Empty(_upstream.Requests);
    }

    [Fact]
    public async Task A_request_with_two_lengths_closes_the_connection()
    {
        using var caller = await _gateway.ConnectAsync();
        await caller.SendAsync(
            "POST /acme/x HTTP/1.1\r\nHost: gateway\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");

        Assert.Equal("close", (await caller.ReadResponseAsync()).One("Connection"));
        Assert.Empty(await caller.ReadSomeAsync(1));
    }

    [Theory]
    [InlineData("Expect: 200-ok")]
    [InlineData("expect: 100-continue, something")]
    [InlineData("Expect: 100-continue\r\nExpect: other=1")]
    public async Task An_unknown_expectation_is_refused_before_a_credential_is_fetched(string expect)
    {
        var reads = _gateway.Store.Reads;

        var response = await _gateway.PostAsync("/acme/x", "body", expect + "\r\n");

        response.ShouldBeProblem(417, "bad_request");
        Assert.Equal(reads, _gateway.Store.Reads);
        Assert.Empty(_upstream.Requests);
    }

    [Theory]
    [InlineData("100-continue")]
    [InlineData("100-Continue")]
    [InlineData("")]
    public async Task Expect_100_continue_is_answered_by_the_gateway_and_not_forwarded(string expect)
    {
        Assert.Equal(200, (await _gateway.PostAsync("/acme/x", "body", $"Expect: {expect}\r\n")).Status);

        Assert.Equal("body", _upstream.Only.BodyText);
        Assert.False(_upstream.Only.Has("Expect"));
    }

    [Theory]
    [InlineData("zz\r\n")]
    [InlineData("0x2\r\nab\r\n")]
    [InlineData("2\nab\n")]
    public async Task A_broken_chunk_gets_400_and_its_upstream_connection_is_not_used_again(string chunk)
    {
        var response =
            await _gateway.SendAsync($"POST /acme/x HTTP/1.1\r\nHost: gateway\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n{chunk}");
        response.ShouldBeProblem(400, "bad_request");

        Assert.Equal(200, (await _gateway.GetAsync("/acme/next")).Status);
        Assert.Equal("/acme/next", _upstream.Requests.Last().Target);
    }
}
