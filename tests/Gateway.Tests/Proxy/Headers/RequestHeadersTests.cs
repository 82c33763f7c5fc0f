using Gateway.Model;

namespace Gateway.Tests.Proxy.Headers;

public sealed class RequestHeadersTests : IAsyncLifetime
{
    private readonly RawUpstream _upstream = RawUpstream.Start();
    private GatewayUnderTest _gateway = null!;

    public async ValueTask InitializeAsync() => _gateway = await GatewayUnderTest.StartAsync(new GatewaySetup()
        .Secret("acme", _upstream.Origin, "token-1")
        .Secret("keys", _upstream.Origin, "key-1", "X-Keys-apiKey", "{token}")
        .Secret("query", _upstream.Origin, "s&cret", "X-App", "app", query: "apiKey")
        .Route("acme", "/acme/{**path}", _upstream.Origin, "\"Credential\": \"acme\"")
        .Route("keys", "/keys/{**path}", _upstream.Origin, "\"Credential\": \"keys\"")
        .Route("query", "/query/{**path}", _upstream.Origin, "\"PathPattern\": \"/{**path}\"", "\"Credential\": \"query\"")
        .Route("set", "/set/{**path}", _upstream.Origin,
            "\"Credential\": \"acme\"",
            "\"RequestHeader\": \"Authorization\", \"Set\": \"Bearer stolen\"",
            "\"RequestHeader\": \"Host\", \"Set\": \"evil.example\"",
            "\"RequestHeader\": \"Accept-Language\", \"Set\": \"sv\"",
            "\"RequestHeaderOriginalHost\": \"true\"")
        .Route("allowed", "/allowed/{**path}", _upstream.Origin,
            "\"Credential\": \"acme\"", "\"RequestHeadersAllowed\": \"Accept;Authorization;Cookie\"")
        .Provider(new Provider
        {
            Name = "traced",
            Kind = ProviderKind.Secret,
            Origin = GatewaySetup.Parse(_upstream.Origin),
            Injection = new Injection([new("Authorization", GatewaySetup.Template("{token}"))], []),
            PropagateTrace = true,
        })
        .Connect("traced", "default", "t")
        .Route("traced", "/traced/{**path}", _upstream.Origin, "\"Credential\": \"traced\""));

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Theory]
    [InlineData("Authorization: Bearer mine")]
    [InlineData("AUTHORIZATION: Bearer mine\r\nauthorization: Basic bWluZQ==")]
    [InlineData("Authorization: ")]
    [InlineData("Connection: Authorization, close\r\nAuthorization: Bearer mine")]
    public async Task Only_the_injected_Authorization_is_sent(string headers)
    {
        Assert.Equal(200, (await _gateway.GetAsync("/acme/x", headers + "\r\n")).Status);

        Assert.Equal("Bearer token-1", _upstream.Only.One("Authorization"));
    }

    [Theory]
    [InlineData("X-Keys-apiKey: mine")]
    [InlineData("x-keys-APIKEY: mine\r\nX-Keys-apiKey: mine too")]
    [InlineData("X_Keys_apiKey: mine")]
    [InlineData("Connection: X-Keys-apiKey\r\nX-Keys-apiKey: mine")]
    public async Task An_injected_header_replaces_every_value_of_the_caller(string headers)
    {
        await _gateway.GetAsync("/keys/x", headers + "\r\n");

        Assert.Equal("key-1", _upstream.Only.One("X-Keys-apiKey"));
        Assert.DoesNotContain("mine", _upstream.Only.Head, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Proxy-Authorization")]
    [InlineData("Cookie")]
    [InlineData("Gateway-Connection")]
    [InlineData("gateway-anything")]
    [InlineData("Gateway_Anything")]
    [InlineData("Referer")]
    [InlineData("Origin")]
    [InlineData("X-Forwarded-For")]
    [InlineData("X-Forwarded-Host")]
    [InlineData("X-Forwarded-Prefix")]
    [InlineData("X_Forwarded_For")]
    [InlineData("Forwarded")]
    [InlineData("Via")]
    [InlineData("X-Real-IP")]
    [InlineData("X-HTTP-Method-Override")]
    [InlineData("X_HTTP_Method_Override")]
    [InlineData("X-Method-Override")]
    [InlineData("X-HTTP-Method")]
    [InlineData("traceparent")]
    [InlineData("tracestate")]
    [InlineData("baggage")]
    [InlineData("Correlation-Context")]
    [InlineData("Request-Id")]
    [InlineData("Proxy-Connection")]
    [InlineData("Keep-Alive")]
    [InlineData("TE")]
    public async Task Headers_that_must_not_be_forwarded_are_removed(string name)
    {
        var response = await _gateway.GetAsync("/acme/x", $"{name}: default\r\nX-Kept: yes\r\n");

        Assert.Equal(200, response.Status);
        Assert.False(_upstream.Only.Has(name));
        Assert.Equal("yes", _upstream.Only.One("X-Kept"));
    }

    [Fact]
    public async Task Only_the_headers_of_the_caller_and_the_credential_arrive()
    {
        await _gateway.GetAsync("/acme/x", "User-Agent: app/1\r\nAccept: application/json\r\nX-Custom: a\r\nX-Custom: b\r\n");

        Assert.Equal(
            ["accept", "authorization", "host", "user-agent", "x-custom"],
            _upstream.Only.Headers.Select(header => header.Name.ToLowerInvariant()).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal("a, b", string.Join(", ", _upstream.Only.All("X-Custom")));
    }

    [Fact]
    public async Task Headers_named_in_Connection_are_dropped()
    {
        await _gateway.PostAsync(
            "/acme/x", "body",
            "Connection: X-One, x-two ,Content-Length,Content-Language\r\nX-One: 1\r\nX-Two: 2\r\nX-Three: 3\r\nContent-Language: sv\r\n");

        Assert.False(_upstream.Only.Has("X-One"));
        Assert.False(_upstream.Only.Has("X-Two"));
        Assert.False(_upstream.Only.Has("Content-Language"));
        Assert.Equal("3", _upstream.Only.One("X-Three"));
        Assert.Equal("4", _upstream.Only.One("Content-Length"));
        Assert.Equal("body", _upstream.Only.BodyText);
    }

    [Theory]
    [InlineData("Connection: close, X-One")]
    [InlineData("Connection: X-One,close")]
    [InlineData("Connection: Keep-Alive, X-One")]
    [InlineData("Connection: X-One, keep-alive")]
    [InlineData("Connection: X-One\r\nConnection: close")]
    [InlineData("Connection: X-One\r\nConnection: keep-alive")]
    [InlineData("Connection: keep-alive\r\nConnection: X-One")]
    [InlineData("connection: KEEP-ALIVE\r\nCONNECTION: x-one")]
    [InlineData("Connection: X-Two\r\nConnection:  keep-alive \t\r\nConnection: ,\tX-One ,")]
    [InlineData("Connection: close\t, X-One")]
    [InlineData("Connection: X-One\r\nConnection: Upgrade\r\nUpgrade: h2c")]
    public async Task Headers_named_in_Connection_beside_known_options_are_dropped(string connection)
    {
        Assert.Equal(200, (await _gateway.GetAsync("/acme/x", $"{connection}\r\nX-One: 1\r\nX-Three: 3\r\n")).Status);

        Assert.False(_upstream.Only.Has("X-One"));
        Assert.Equal("3", _upstream.Only.One("X-Three"));
    }

    [Theory]
    [InlineData("X-Close-One")]
    [InlineData("X-Keep-Alive-One")]
    [InlineData("X-Upgrade-One")]
    public async Task A_header_named_like_a_known_connection_option_is_dropped(string name)
    {
        await _gateway.GetAsync("/acme/x", $"Connection: {name}, X-Two\r\n{name}: 1\r\nX-Three: 3\r\n");

        Assert.False(_upstream.Only.Has(name));
        Assert.Equal("3", _upstream.Only.One("X-Three"));
    }

    [Fact]
    public async Task Headers_named_in_Connection_are_dropped_from_every_request_of_a_connection()
    {
        using var caller = await _gateway.ConnectAsync();
        foreach (var connection in new[] { "keep-alive", "X-One", "X-One\r\nConnection: keep-alive", "keep-alive\r\nConnection: X-One" })
        {
            await caller.SendAsync($"GET /acme/x HTTP/1.1\r\nHost: gateway\r\nConnection: {connection}\r\nX-One: 1\r\n\r\n");
            Assert.Equal(200, (await caller.ReadResponseAsync()).Status);
        }

        Assert.Equal([true, false, false, false], _upstream.Requests.Select(static request => request.Has("X-One")));
    }

    [Theory]
    [InlineData("keep-alive", null)]
    [InlineData("close, X-One", "close")]
    [InlineData("keep-alive, X-One", null)]
    [InlineData("X-One", null)]
    public async Task The_connection_closes_only_when_the_caller_asks_for_it(string connection, string? expected)
    {
        using var caller = await _gateway.ConnectAsync();
        await caller.SendAsync($"GET /acme/x HTTP/1.1\r\nHost: gateway\r\nConnection: {connection}\r\n\r\n");

        Assert.Equal(expected, (await caller.ReadResponseAsync()).One("Connection"));
    }

    [Fact]
    public async Task Configured_transforms_set_headers_but_neither_credential_nor_host()
    {
        await _gateway.GetAsync("/set/x");

        Assert.Equal("Bearer token-1", _upstream.Only.One("Authorization"));
        Assert.Equal($"127.0.0.1:{_upstream.Port}", _upstream.Only.One("Host"));
        Assert.Equal("sv", _upstream.Only.One("Accept-Language"));
    }

    [Fact]
    public async Task RequestHeadersAllowed_allows_no_credential()
    {
        await _gateway.GetAsync("/allowed/x", "Accept: a/b\r\nX-Other: 1\r\nAuthorization: Bearer mine\r\nCookie: a=b\r\n");

        Assert.Equal("Bearer token-1", _upstream.Only.One("Authorization"));
        Assert.Equal("a/b", _upstream.Only.One("Accept"));
        Assert.False(_upstream.Only.Has("X-Other"));
        Assert.False(_upstream.Only.Has("Cookie"));
    }

    [Theory]
    [InlineData("/query/x", "/x?apiKey=s%26cret")]
    [InlineData("/query/x?", "/x?&apiKey=s%26cret")]
    [InlineData("/query/x?a=1", "/x?a=1&apiKey=s%26cret")]
    [InlineData("/query/x?apiKey=mine", "/x?apiKey=s%26cret")]
    [InlineData("/query/x?APIKEY=mine&a=%2f&apikey", "/x?a=%2f&apiKey=s%26cret")]
    [InlineData("/query/x?api%4bey=mine;b=2", "/x?b=2&apiKey=s%26cret")]
    [InlineData("/query/x?a=1;apiKey=mine", "/x?a=1&apiKey=s%26cret")]
    [InlineData("/query/x?api%254bey=mine", "/x?apiKey=s%26cret")]
    [InlineData("/query/x?apiKey%00=mine&apiKey[]=mine&+apiKey=mine&%20apiKey%20=mine", "/x?apiKey=s%26cret")]
    [InlineData("/query/x?X_App=mine&x-app=mine&token=mine", "/x?apiKey=s%26cret")]
    [InlineData("/query/x?myApiKey=1&apiKeys=2", "/x?myApiKey=1&apiKeys=2&apiKey=s%26cret")]
    public async Task Injected_query_parameters_replace_those_of_the_caller(string target, string expected)
    {
        await _gateway.GetAsync(target);

        Assert.Equal(expected, _upstream.Only.Target);
    }

    [Theory]
    [InlineData("/acme/x?b=1&Authorization=Bearer%20mine", "/acme/x?b=1")]
    [InlineData("/acme/x?token=page-2&b=1", "/acme/x?token=page-2&b=1")]
    public async Task Only_injected_names_are_removed_from_the_query(string target, string expected)
    {
        await _gateway.GetAsync(target);

        Assert.Equal(expected, _upstream.Only.Target);
    }

    [Theory]
    [InlineData('\x01')]
    [InlineData('\x1b')]
    [InlineData('\x7f')]
    public async Task A_header_with_a_control_character_is_refused(char control)
    {
        var response = await _gateway.GetAsync("/acme/x", $"X-Note: a{control}b\r\n");

        response.ShouldBeProblem(400, "bad_request");
        Assert.Empty(_upstream.Requests);
    }

    [Fact]
    public async Task A_provider_that_propagates_traces_gets_the_trace_context()
    {
        await _gateway.GetAsync("/traced/x", "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\ntracestate: a=b\r\n");

        Assert.StartsWith("00-0af7651916cd43dd8448eb211c80319c-", _upstream.Only.One("traceparent"), StringComparison.Ordinal);
        Assert.Equal("a=b", _upstream.Only.One("tracestate"));
    }

    [Fact]
    public async Task Header_values_beyond_ASCII_arrive_byte_for_byte()
    {
        Assert.Equal(200, (await _gateway.GetAsync("/acme/x", "X-Name: K\u00c3\u00b6ping\r\n")).Status);

        Assert.Equal("K\u00c3\u00b6ping", _upstream.Only.One("X-Name"));
    }
}
