using Gateway.Model;

namespace Gateway.Tests.Proxy;

public sealed class ConnectionSelectionTests : IAsyncLifetime
{
    private readonly RawUpstream _upstream = RawUpstream.Start();
    private readonly RawUpstream _other = RawUpstream.Start();
    private GatewayUnderTest _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        var setup = new GatewaySetup()
            .Secret("acme", _upstream.Origin, "token-default")
            .Connect("acme", "north", "token-north")
            .Route("open", "/open/{**path}", _upstream.Origin, "\"Credential\": \"acme\"")
            .Route("fixed", "/fixed/{**path}", _upstream.Origin, "\"Credential\": \"acme\", \"Connection\": \"north\"")
            .Route("value", "/value/{tenant}/{**path}", _upstream.Origin, "\"PathPattern\": \"/{**path}\"",
                "\"Credential\": \"acme\", \"Connection\": \"{tenant}\"")
            .Route("header", "/header/{**path}", _upstream.Origin, "\"Credential\": \"acme\", \"Connection\": \"header:X-Tenant\"");
        setup.Provider(new Provider
        {
            Name = "hosts",
            Kind = ProviderKind.Secret,
            Origin = GatewaySetup.Parse("http://{client}.localhost:" + _other.Port),
            Fields =
                new Dictionary<string, System.Text.RegularExpressions.Regex>
                {
                    ["client"] =
                    new("^[a-z]+$", default, TimeSpan.FromSeconds(1))
                },
            Injection = new Injection([new("Token", GatewaySetup.Template("{token}"))], []),
        }).Route(
            "hosts", "/hosts/{**path}", "http://{client}.localhost:" + _other.Port, "\"PathPattern\": \"/{**path}\"",
            "\"Credential\": \"hosts\"");
        foreach (var client in (string[])["north", "south"])
        {
            setup.Connections.Add(new Connection
            {
                Id = new("hosts", client),
                Generation = 1,
                Grant = Grant.None with { Fields = new Dictionary<string, Secret> { ["token"] = new($"secret-{client}") } },
                Fields = new Dictionary<string, string> { ["client"] = client },
            });
        }

        _gateway = await GatewayUnderTest.StartAsync(setup);
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _upstream.DisposeAsync();
        await _other.DisposeAsync();
    }

    [Theory]
    [InlineData("/open/x", "", "token-default")]
    [InlineData("/open/x", "Gateway-Connection: north\r\n", "token-north")]
    [InlineData("/open/x", "Gateway-Connection: default\r\n", "token-default")]
    [InlineData("/fixed/x", "", "token-north")]
    [InlineData("/fixed/x", "Gateway-Connection: default\r\n", "token-north")]
    [InlineData("/value/north/x", "", "token-north")]
    [InlineData("/value/default/x", "Gateway-Connection: north\r\n", "token-default")]
    [InlineData("/header/x", "X-Tenant: north\r\n", "token-north")]
    public async Task The_route_selects_where_the_connection_name_is_read(string target, string headers, string token)
    {
        Assert.Equal(200, (await _gateway.GetAsync(target, headers)).Status);
        Assert.Equal($"Bearer {token}", _upstream.Only.One("Authorization"));
        Assert.False(_upstream.Only.Has("Gateway-Connection"));
        Assert.False(_upstream.Only.Has("X-Tenant"));
    }

    [Theory]
    [InlineData("/open/x", "Gateway-Connection: no such name\r\n")]
    [InlineData("/open/x", "Gateway-Connection: \r\n")]
    [InlineData("/open/x", "Gateway-Connection: a/b\r\n")]
    [InlineData("/open/x", "Gateway-Connection: north\r\nGateway-Connection: default\r\n")]
    [InlineData("/header/x", "")]
    [InlineData("/header/x", "Gateway-Connection: north\r\n")]
    [InlineData("/value/n%6frth/x", "")]
    [InlineData("/value/a%2Fb/x", "")]
    [InlineData("/value/a:b/x", "")]
    public async Task A_malformed_name_is_invalid(string target, string headers)
    {
        var response = await _gateway.GetAsync(target, headers);

        response.ShouldBeProblem(400, "invalid_connection");
        Assert.Empty(_upstream.Requests);
    }

    [Fact]
    public async Task A_name_without_a_stored_connection_is_not_found()
    {
        var response = await _gateway.GetAsync("/open/x", "Gateway-Connection: west\r\n");

        response.ShouldBeProblem(404, "connection_not_found");
        Assert.Contains("\"connection\":\"west\"", response.Text, StringComparison.Ordinal);
        Assert.Empty(_upstream.Requests);
    }

    [Theory]
    [InlineData("north")]
    [InlineData("south")]
    public async Task Each_host_gets_the_credential_of_its_connection(string client)
    {
        Assert.Equal(200, (await _gateway.GetAsync("/hosts/x", $"Gateway-Connection: {client}\r\n")).Status);

        Assert.Equal($"{client}.localhost:{_other.Port}", _other.Only.One("Host"));
        Assert.Equal($"secret-{client}", _other.Only.One("Token"));
        Assert.Empty(_upstream.Requests);
    }
}
