namespace Gateway.Tests.Proxy.RawPath;

public sealed class RawPathTests : IAsyncLifetime
{
    private readonly RawUpstream _upstream = RawUpstream.Start();
    private GatewayUnderTest _gateway = null!;

    public async ValueTask InitializeAsync() => _gateway = await GatewayUnderTest.StartAsync(new GatewaySetup()
        .Secret("acme", _upstream.Origin, "token-1")
        .Route("acme", "/acme/{**path}", _upstream.Origin, "\"PathPattern\": \"/v1/{**path}\"", "\"Credential\": \"acme\"")
        .Route("same", "/v2/{**path}", _upstream.Origin, "\"Credential\": \"acme\"")
        .Route("stripped", "/stripped/{**path}", _upstream.Origin, "\"Credential\": \"acme\"", "\"PathRemovePrefix\": \"/stripped\"",
            "\"PathPrefix\": \"/base\"")
        .Route("fixed", "/fixed/{**path}", _upstream.Origin, "\"PathSet\": \"/only/here\"", "\"Credential\": \"acme\"")
        .Route("item", "/items/{id}/parts/{part?}", _upstream.Origin, "\"PathPattern\": \"/p/{part}/of/{id}\"", "\"Credential\": \"acme\"")
        .Route("query", "/query/{**path}", _upstream.Origin, "\"QueryValueParameter\": \"lang\", \"Set\": \"en\"",
            "\"PathPattern\": \"/{**path}\"", "\"Credential\": \"acme\""));

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Theory]
    [InlineData("/acme/a%2Fb", "/v1/a%2Fb")]
    [InlineData("/acme/a%2fb", "/v1/a%2fb")]
    [InlineData("/acme/%25/%3F/%23/%3B", "/v1/%25/%3F/%23/%3B")]
    [InlineData("/acme/a+b%20c", "/v1/a+b%20c")]
    [InlineData("/acme/%zz", "/v1/%zz")]
    [InlineData("/acme/%", "/v1/%")]
    [InlineData("/acme/%C3%A5%c3%a4", "/v1/%C3%A5%c3%a4")]
    [InlineData("/acme/%61%62", "/v1/%61%62")]
    [InlineData("/acme/a:b@c!$&'()*,;=~", "/v1/a:b@c!$&'()*,;=~")]
    [InlineData("/acme/a|b^c`d{e}\"f<g>", "/v1/a|b^c`d{e}\"f<g>")]
    [InlineData("/acme/back\\slash", "/v1/back\\slash")]
    [InlineData("/acme//evil.example/x", "/v1//evil.example/x")]
    [InlineData("/acme///", "/v1///")]
    [InlineData("/acme/@evil.example/", "/v1/@evil.example/")]
    [InlineData("/acme/v1.0/file.tar.gz", "/v1/v1.0/file.tar.gz")]
    [InlineData("/acme/...", "/v1/...")]
    [InlineData("/acme/..a/.well-known/a..", "/v1/..a/.well-known/a..")]
    [InlineData("/acme", "/v1")]
    [InlineData("/acme/", "/v1/")]
    [InlineData("/ACME/x", "/v1/x")]
    [InlineData("/acme/x?", "/v1/x?")]
    [InlineData("/acme/x?a=%2F&b=%zz&c=+ç", null)]
    [InlineData("/acme/x?a=%2F&b=%zz&c=+;d&&=", "/v1/x?a=%2F&b=%zz&c=+;d&&=")]
    [InlineData("/acme/x?../../y", "/v1/x?../../y")]
    [InlineData("/acme/x?u=https://evil.example/?q=1", "/v1/x?u=https://evil.example/?q=1")]
    [InlineData("/v2/a%2Fb/", "/v2/a%2Fb/")]
    [InlineData("/V2/a", "/V2/a")]
    [InlineData("/stripped/a%2Fb?x", "/base/a%2Fb?x")]
    [InlineData("/stripped", "/base")]
    [InlineData("/fixed/whatever?x=1", "/only/here?x=1")]
    [InlineData("/items/a%2Fb/parts/%20", "/p/%20/of/a%2Fb")]
    [InlineData("/items/7/parts", "/p")]
    [InlineData("/items/7/parts/8/", "/p/8/of/7/")]
    [InlineData("/query/a%2Fb?x=1", "/a%2Fb?x=1&lang=en")]
    [InlineData("/query", "/?lang=en")]
    public async Task Path_and_query_arrive_byte_for_byte(string target, string? expected)
    {
        var response = await _gateway.GetAsync(target);

        if (expected is null)
        {
            Assert.Equal(400, response.Status);
            Assert.Empty(_upstream.Requests);
            return;
        }

        Assert.Equal(200, response.Status);
        Assert.Equal(expected, _upstream.Only.Target);
        Assert.Equal("Bearer token-1", _upstream.Only.One("Authorization"));
        Assert.Equal($"127.0.0.1:{_upstream.Port}", _upstream.Only.One("Host"));
    }

    [Theory]
    [InlineData("/%61cme/x")]
    [InlineData("/acm%65")]
    [InlineData("/acme/x#fragment")]
    [InlineData("/acme/%2e%2e/x")]
    [InlineData("/acme/../x")]
    [InlineData("/acme/..")]
    [InlineData("/acme/./x")]
    [InlineData("/nowhere/../acme/x")]
    [InlineData("/acme/x/../../v2/y")]
    [InlineData("/acme/..%2f..%2fadmin")]
    [InlineData("/acme/..%5c..%5Cadmin")]
    [InlineData("/acme/..\\..\\admin")]
    [InlineData("/acme/..;/admin")]
    [InlineData("/acme/..;a=b/admin")]
    [InlineData("/acme/%2e%2e;a/admin")]
    [InlineData("/acme/.%2E/x")]
    [InlineData("/acme/%252e%252e/x")]
    [InlineData("/acme/%25252e%25252e%25252fx")]
    [InlineData("/acme/%c0%ae%c0%ae/x")]
    [InlineData("/acme/%e0%80%ae./x")]
    [InlineData("/acme/..%c0%afx")]
    [InlineData("/acme/%ef%bc%8e%ef%bc%8e/x")]
    [InlineData("/acme/%u002e%u002e/x")]
    [InlineData("/acme/..%20/x")]
    [InlineData("/acme/..%09/x")]
    [InlineData("/acme/..%2500/x")]
    [InlineData("/acme/..%3fx")]
    [InlineData("/v2/%2e/x")]
    [InlineData("/items/%2e%2e/parts/1")]
    public async Task A_path_that_a_server_may_read_as_a_dot_segment_or_another_route_is_refused(string target)
    {
        var response = await _gateway.GetAsync(target);

        response.ShouldBeProblem(400, "bad_request");
        Assert.Empty(_upstream.Requests);
    }

    [Theory]
    [InlineData("/nowhere")]
    [InlineData("//acme/x")]
    [InlineData("/acme@evil.example/")]
    [InlineData("/acmex/y")]
    public async Task A_path_without_a_route_is_not_found(string target)
    {
        var response = await _gateway.GetAsync(target);

        response.ShouldBeProblem(404, "route_not_found");
        Assert.Empty(_upstream.Requests);
    }

    [Fact]
    public async Task The_authority_of_an_absolute_target_is_not_forwarded()
    {
        var response = await _gateway.SendAsync("GET http://gateway.example/acme/a%2Fb?x=%zz HTTP/1.1\r\nHost: gateway.example\r\n\r\n");

        Assert.Equal(200, response.Status);
        Assert.Equal("/v1/a%2Fb?x=%zz", _upstream.Only.Target);
        Assert.Equal($"127.0.0.1:{_upstream.Port}", _upstream.Only.One("Host"));
    }

    [Theory]
    [InlineData("http://gateway.example/acme/../x")]
    [InlineData("http://gateway.example/nowhere/%2e%2e/acme/x")]
    public async Task A_dot_segment_in_an_absolute_target_is_refused(string target)
    {
        var response = await _gateway.SendAsync($"GET {target} HTTP/1.1\r\nHost: gateway.example\r\n\r\n");

        Assert.Equal(400, response.Status);
        Assert.Empty(_upstream.Requests);
    }

    [Theory]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: gateway\r\n\r\n", 400)]
    [InlineData("CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n", 405)]
    public async Task Other_target_forms_are_refused(string request, int status)
    {
        var response = await _gateway.SendAsync(request);

        Assert.Equal(status, response.Status);
        Assert.NotNull(response.One("Gateway-Error"));
        Assert.Empty(_upstream.Requests);
    }
}
