namespace Gateway.Tests.Proxy.Headers;

public sealed class ResponseHeadersTests : IAsyncLifetime
{
    private readonly RawUpstream _upstream = RawUpstream.Start();
    private GatewayUnderTest _gateway = null!;

    public async ValueTask InitializeAsync() => _gateway = await GatewayUnderTest.StartAsync(new GatewaySetup()
        .Secret("acme", _upstream.Origin, "token-canary")
        .Secret("query", _upstream.Origin + "/base", "s&cret-canary", "X-App", "app", query: "apiKey")
        .Route("acme", "/acme/{**path}", _upstream.Origin, "\"PathPattern\": \"/v1/{**path}\"", "\"Credential\": \"acme\"")
        .Route("tenant", "/t/{tenant}/{**path}", _upstream.Origin, "\"PathPattern\": \"/v2/{**path}\"",
            "\"Credential\": \"acme\", \"Connection\": \"default\"")
        .Route("item", "/items/{id}/parts/{part}", _upstream.Origin, "\"PathPattern\": \"/p/{part}/of/{id}\"", "\"Credential\": \"acme\"")
        .Route("plain", "/plain/{**path}", _upstream.Origin, "\"Credential\": \"acme\"")
        .Route("prefixed", "/prefixed/{**path}", _upstream.Origin, "\"PathRemovePrefix\": \"/prefixed\"", "\"PathPrefix\": \"/v9\"",
            "\"Credential\": \"acme\"")
        .Route("query", "/query/{**path}", _upstream.Origin + "/base", "\"PathPattern\": \"/{**path}\"", "\"Credential\": \"query\""));

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Theory]
    [InlineData(200)]
    [InlineData(201)]
    [InlineData(404)]
    [InlineData(422)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task Status_body_and_headers_pass(int status)
    {
        _upstream.Answer = RawUpstream.Says(
            $"{status} Whatever\r\nContent-Type: application/x\r\nServer: upstream\r\nX-Powered-By: them\r\nRetry-After: 7\r\nETag: "
                + "\"a\"\r\nX-Two: 1\r\nX-Two: 2\r\nCache-Control: max-age=5",
            "the body");

        var response = await _gateway.GetAsync("/acme/x");

        Assert.Equal(status, response.Status);
        Assert.Equal("the body", response.Text);
        Assert.Equal("application/x", response.One("Content-Type"));
        Assert.Equal("upstream", response.One("Server"));
        Assert.Equal("them", response.One("X-Powered-By"));
        Assert.Equal("7", response.One("Retry-After"));
        Assert.Equal("\"a\"", response.One("ETag"));
        Assert.Equal("1, 2", string.Join(", ", response.All("X-Two")));
        Assert.Equal("max-age=5", response.One("Cache-Control"));
        Assert.Null(response.One("Gateway-Error"));
    }

    [Fact]
    public async Task A_response_without_Cache_Control_gets_one()
    {
        Assert.Equal("private, no-store", (await _gateway.GetAsync("/acme/x")).One("Cache-Control"));
    }

    [Theory]
    [InlineData("Set-Cookie: a=b")]
    [InlineData("Set-Cookie2: a=b")]
    [InlineData("Gateway-Error: bad_request")]
    [InlineData("Gateway-Replay: replayed")]
    [InlineData("gateway-anything: x")]
    [InlineData("X-Echo: Bearer token-canary")]
    [InlineData("X-Echo: first\r\nX-Echo: before token-canary after")]
    [InlineData("Authorization: Bearer token-canary")]
    [InlineData("Content-Language: token-canary")]
    [InlineData("Location: https://elsewhere.example/token-canary")]
    [InlineData("Connection: X-Hop\r\nX-Hop: 1")]
    [InlineData("Connection: X-Hop\r\nConnection: keep-alive\r\nX-Hop: 1")]
    [InlineData("Connection: keep-alive, X-Else\r\nConnection: close ,\tx-hop\r\nX-Hop: 1")]
    public async Task Response_headers_that_must_not_be_returned_are_dropped(string headers)
    {
        _upstream.Answer = RawUpstream.Says($"200 OK\r\n{headers}\r\nX-Kept: yes", "ok");

        var response = await _gateway.GetAsync("/acme/x");

        foreach (var name in headers.Split("\r\n").Select(line => line[..line.IndexOf(':')]).Where(name => name != "Connection"))
        {
            Assert.Empty(response.All(name));
        }

        Assert.Equal("yes", response.One("X-Kept"));
        Assert.DoesNotContain("canary", response.Head, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("s&cret-canary")]
    [InlineData("https://else.example/?next=s%26cret-canary")]
    [InlineData("s%26%63ret-canary")]
    [InlineData("%73%26cret%2dcanary")]
    [InlineData("https://else.example/?next=%2Fx%3Fkey%3Ds%2526cret-canary%zz")]
    public async Task An_escaped_secret_is_removed_from_the_response(string echoed)
    {
        _upstream.Answer = RawUpstream.Says($"200 OK\r\nX-Echo: {echoed}\r\nLocation: {echoed}\r\nX-Kept: 100%26", "ok");

        var response = await _gateway.GetAsync("/query/x");

        Assert.Null(response.One("X-Echo"));
        Assert.Null(response.One("Location"));
        Assert.Equal("100%26", response.One("X-Kept"));
    }

    [Fact]
    public async Task A_reason_phrase_with_the_secret_is_removed()
    {
        _upstream.Answer = RawUpstream.Says("403 Refused token-canary");

        Assert.Equal("HTTP/1.1 403 Forbidden", (await _gateway.GetAsync("/acme/x")).Head.Split("\r\n")[0]);
    }

    [Theory]
    [InlineData("/acme/x", "ORIGIN/v1/y/7?a=%2F#part", "/acme/y/7?a=%2F#part")]
    [InlineData("/acme/x", "/v1/y", "/acme/y")]
    [InlineData("/acme/x", "/v1", "/acme")]
    [InlineData("/acme/x", "/v1/a%2Fb", "/acme/a%2Fb")]
    [InlineData("/acme/x", "//AUTHORITY/v1/y", "/acme/y")]
    [InlineData("/acme/x", "y?z", "y?z")]
    [InlineData("/acme/x", "?page=2", "?page=2")]
    [InlineData("/acme/x", "/v3/elsewhere", "ORIGIN/v3/elsewhere")]
    [InlineData("/acme/x", "ORIGIN/v3/elsewhere", "ORIGIN/v3/elsewhere")]
    [InlineData("/acme/x", "/v1/../v3", "ORIGIN/v1/../v3")]
    [InlineData("/acme/x", "https://elsewhere.example/v1/y", "https://elsewhere.example/v1/y")]
    [InlineData("/acme/x", "https://elsewhere.example/v1?token=page-2&b=1", "https://elsewhere.example/v1?token=page-2&b=1")]
    [InlineData("/t/north/x", "/v2/y", "/t/north/y")]
    [InlineData("/items/1/parts/2", "/p/3/of/4", "/items/4/parts/3")]
    [InlineData("/plain/x", "ORIGIN/plain/y", "/plain/y")]
    [InlineData("/plain/x", "/acme/y", "ORIGIN/acme/y")]
    [InlineData("/prefixed/x", "/v9/y", "/prefixed/y")]
    [InlineData("/query/x", "ORIGIN/base/y?apiKey=s%26cret-canary&b=1", "/y?b=1", "/query/y?b=1")]
    [InlineData("/query/x", "/base/x?APIkey=s%26cret-canary", "/query/x")]
    [InlineData("/query/x", "https://elsewhere.example/?api%4bey=s%26cret-canary&b", "https://elsewhere.example/?b")]
    public async Task A_redirect_is_passed_on_with_an_address_at_the_gateway(
        string target, string location, string expected, string? better = null)
    {
        string Real(string text) => text.Replace("ORIGIN", _upstream.Origin, StringComparison.Ordinal)
            .Replace("AUTHORITY", $"127.0.0.1:{_upstream.Port}", StringComparison.Ordinal);
        _upstream.Answer = RawUpstream.Says($"302 Found\r\nLocation: {Real(location)}\r\nContent-Location: {Real(location)}", "moved");

        var response = await _gateway.GetAsync(target);

        Assert.Equal(302, response.Status);
        Assert.Equal(Real(better ?? expected), response.One("Location"));
        Assert.Equal(Real(better ?? expected), response.One("Content-Location"));
        Assert.Single(_upstream.Requests);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task No_redirect_is_followed(int status)
    {
        _upstream.Answer = RawUpstream.Says($"{status} Moved\r\nLocation: /v1/there");

        var response = await _gateway.PostAsync("/acme/x", "body");

        Assert.Equal(status, response.Status);
        Assert.Single(_upstream.Requests);
    }

    [Fact]
    public async Task Every_address_of_a_Link_header_is_rewritten_to_the_gateway()
    {
        _upstream.Answer = RawUpstream.Says(
            $"200 OK\r\nLink: <{_upstream.Origin}/v1/x?page=2>; rel=\"next\", </v1/x?page=9>; rel=\"last\"\r\nLink: "
                + "<https://docs.example/>; rel=help");

        var response = await _gateway.GetAsync("/acme/x");

        Assert.Equal(
            ["</acme/x?page=2>; rel=\"next\", </acme/x?page=9>; rel=\"last\"", "<https://docs.example/>; rel=help"], response.All("Link"));
    }

    [Fact]
    public async Task A_Refresh_header_passes_unless_it_contains_the_secret()
    {
        _upstream.Answer = RawUpstream.Says("200 OK\r\nRefresh: 5; url=/base/y");
        Assert.Equal("5; url=/base/y", (await _gateway.GetAsync("/query/x")).One("Refresh"));

        _upstream.Answer = RawUpstream.Says("200 OK\r\nRefresh: 5; url=/base/y?apiKey=s%26cret-canary");
        Assert.Null((await _gateway.GetAsync("/query/x")).One("Refresh"));
    }

    [Fact]
    public async Task Header_values_beyond_ASCII_come_back_byte_for_byte()
    {
        _upstream.Answer = RawUpstream.Says("200 OK\r\nX-Name: K\u00c3\u00b6ping \u00e5", "ok");

        Assert.Equal("K\u00c3\u00b6ping \u00e5", (await _gateway.GetAsync("/acme/x")).One("X-Name"));
    }

    [Fact]
    public async Task An_answer_streams_before_it_is_complete()
    {
        var go = new TaskCompletionSource();
        _upstream.Answer = async (_, connection) =>
        {
            await connection.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
            await go.Task;
            await connection.SendAsync("4\r\nlast\r\n0\r\n\r\n");
        };
        using var caller = await _gateway.ConnectAsync();
        await caller.SendAsync("GET /acme/x HTTP/1.1\r\nHost: gateway\r\n\r\n");
        var seen = "";
        while (!seen.Contains("first", StringComparison.Ordinal))
        {
            seen += System.Text.Encoding.Latin1.GetString(await caller.ReadSomeAsync(1000));
        }

        go.SetResult();
        while (!seen.EndsWith("0\r\n\r\n", StringComparison.Ordinal))
        {
            seen += System.Text.Encoding.Latin1.GetString(await caller.ReadSomeAsync(1000));
        }

        Assert.Contains("last", seen, StringComparison.Ordinal);
    }
}
