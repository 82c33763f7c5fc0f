using Gateway.Model;

namespace Gateway.Tests.Proxy.Routes;

public sealed class RouteRulesTests : IAsyncLifetime
{
    private const string Origin = "https://api.acme.example/base";
    private const string Hosts = "https://{client}-api.acme.example";

    private GatewayUnderTest _gateway = null!;

    public async ValueTask InitializeAsync() => _gateway = await GatewayUnderTest.StartAsync(new GatewaySetup());

    public ValueTask DisposeAsync() => _gateway.DisposeAsync();

    [Theory]
    [InlineData(Origin)]
    [InlineData(Origin + "/")]
    [InlineData("HTTPS://API.acme.example:443/base")]
    public async Task A_route_to_the_providers_origin_is_accepted(string destination) =>
        Assert.Empty(await ValidateAsync(setup => setup.Route("r", "/r/{**path}", destination, "\"Credential\": \"acme\"")));

    [Fact]
    public async Task A_route_to_an_origin_with_a_host_per_connection_is_accepted() =>
        Assert.Empty(await ValidateAsync(setup => setup.Route("r", "/r/{**path}", Hosts + "/", "\"Credential\": \"hosts\"")));

    [Theory]
    [InlineData("https://evil.example/base")]
    [InlineData("http://api.acme.example/base")]
    [InlineData("https://api.acme.example:8443/base")]
    [InlineData("https://api.acme.example/other")]
    [InlineData("https://api.acme.example/")]
    [InlineData("https://api.acme.example/base/more")]
    [InlineData("https://api.acme.example.evil.example/base")]
    [InlineData("not a uri")]
    public async Task A_route_with_the_credential_to_elsewhere_is_refused(string destination) =>
        Complains("Origin", await ValidateAsync(setup => setup.Route("r", "/r/{**path}", destination, "\"Credential\": \"acme\"")));

    [Theory]
    [InlineData(Origin)]
    [InlineData("https://API.acme.example/elsewhere")]
    [InlineData("http://api.acme.example")]
    [InlineData("https://north-api.acme.example/x")]
    [InlineData(Hosts)]
    public async Task A_route_without_credential_to_a_providers_host_is_refused(string destination) =>
        Complains("no Credential", await ValidateAsync(setup => setup.Route("r", "/r/{**path}", destination)));

    [Fact]
    public async Task A_route_to_an_unknown_cluster_is_refused_by_name() =>
        Complains("'nowhere'", await ValidateAsync(setup => setup.Route("r", "/r/{**path}", Origin, "\"Credential\": \"acme\"")
            .With("Routes", "r", "ClusterId", "\"nowhere\"")));

    [Fact]
    public async Task A_route_without_credential_to_another_host_is_accepted() =>
        Assert.Empty(await ValidateAsync(setup => setup.Route("r", "/r/{**path}", "http://internal.example")));

    [Theory]
    [InlineData("\"Credential\": \"unknown\"", "'unknown'")]
    [InlineData("\"Credential\": \"\"", "''")]
    [InlineData("\"Credential\": \"acme\", \"Replay\": \"Sometimes\"", "'Sometimes'")]
    [InlineData("\"Credential\": \"acme\", \"ReplayBodyLimit\": \"-1\"", "'-1'")]
    [InlineData("\"Credential\": \"acme\", \"Conection\": \"x\"", "Conection")]
    [InlineData("\"Credential\": \"acme\", \"Connection\": \"{tenant}\"", "'{tenant}'")]
    [InlineData("\"Credential\": \"acme\", \"Connection\": \"a/b\"", "'a/b'")]
    [InlineData("\"Credential\": \"acme\", \"Scope\": \"read\"", "'read'")]
    public async Task An_invalid_credential_transform_is_refused(string transform, string named) =>
        Complains(named, await ValidateAsync(setup => setup.Route("r", "/r/{**path}", Origin, transform)));

    [Fact]
    public async Task Two_credentials_on_a_route_are_refused() =>
        Complains(
            "one credential",
            await ValidateAsync(setup => setup.Route("r", "/r/{**path}", Origin, "\"Credential\": \"acme\"", "\"Credential\": \"acme\"")));

    [Theory]
    [InlineData("/r/v{version}/x", "/x", "/r/v{version}/x")]
    [InlineData("/r/{**path}", "/v{path}", "/v{path}")]
    [InlineData("/r/{**path}", "/{other}", "{other}")]
    [InlineData("/r/å", "/x", "/r/å")]
    public async Task A_path_that_cannot_be_forwarded_as_raw_bytes_is_refused(string path, string pattern, string named) =>
        Complains(
            named,
            await ValidateAsync(setup => setup.Route("r", path, Origin, $"\"PathPattern\": \"{pattern}\"", "\"Credential\": \"acme\"")));

    [Theory]
    [InlineData("/r/{**path}", "/r/{**rest}")]
    [InlineData("/r/{id}", "/R/{name}")]
    [InlineData("/r/{id:int}", "/r/{name:int}")]
    [InlineData("/r/{id}", "/r/{id?}/")]
    [InlineData("/r/{id=5}", "/r/{id}")]
    [InlineData("/r/{*path}", "/r/{**path}")]
    public async Task Two_routes_with_the_same_match_are_refused(string first, string second) =>
        Complains("'a'", await ValidateAsync(setup => setup
            .Route("a", first, Origin, "\"Credential\": \"acme\"").Route("b", second, Origin, "\"Credential\": \"acme\"")));

    [Theory]
    [InlineData("/r/{id}", "/r/{**path}")]
    [InlineData("/r/{id}", "/r/{id:int}")]
    [InlineData("/r/a", "/r/{id}")]
    public async Task Routes_that_ASP_NET_can_distinguish_are_accepted(string first, string second) =>
        Assert.Empty(await ValidateAsync(setup => setup
            .Route("a", first, Origin, "\"Credential\": \"acme\"").Route("b", second, Origin, "\"Credential\": \"acme\"")));

    [Theory]
    [InlineData("""{ "Path": "/r", "Methods": [ "GET" ] }""", """{ "Path": "/r", "Methods": [ "POST" ] }""", true)]
    [InlineData("""{ "Path": "/r", "Methods": [ "GET", "PUT" ] }""", """{ "Path": "/r", "Methods": [ "PUT" ] }""", false)]
    [InlineData("""{ "Path": "/r", "Hosts": [ "a" ] }""", """{ "Path": "/r" }""", true)]
    [InlineData(
        """{ "Path": "/r", "Headers": [ { "Name": "X", "Values": [ "1" ] } ] }""",
        """{ "Path": "/r", "Headers": [ { "Name": "X", "Values": [ "2" ] } ] }""", true)]
    public async Task Methods_hosts_and_headers_distinguish_routes(string first, string second, bool accepted) =>
        Assert.Equal(accepted, (await ValidateAsync(setup => setup
            .Route("a", "/r", Origin, "\"Credential\": \"acme\"").With("Routes", "a", "Match", first)
            .Route("b", "/r", Origin, "\"Credential\": \"acme\"").With("Routes", "b", "Match", second))).Count == 0);

    [Fact]
    public async Task A_cluster_that_accepts_any_server_certificate_is_refused() =>
        Complains("DangerousAcceptAnyServerCertificate", await ValidateAsync(setup => setup
            .Route("r", "/r/{**path}", Origin, "\"Credential\": \"acme\"")
            .With("Clusters", "r", "HttpClient", """{ "DangerousAcceptAnyServerCertificate": true }""")));

    [Fact]
    public async Task All_errors_are_reported_at_once()
    {
        var errors = await ValidateAsync(setup => setup
            .Route("a", "/a/{**path}", "https://evil.example", "\"Credential\": \"acme\", \"Replay\": \"Sometimes\"")
            .Route("b", "/b/{**path}", Origin)
            .Route("c", "/c/{", Origin, "\"Credential\": \"unknown\""));

        Assert.All(
            (string[])[":a:", ":b:", ":c:", "evil.example", "Sometimes", "unknown"],
            text => Assert.Contains(errors, error => error.Contains(text, StringComparison.Ordinal)));
    }

    private static void Complains(string named, IReadOnlyList<string> errors)
    {
        Assert.NotEmpty(errors);
        Assert.Contains(errors, error => error.Contains(named, StringComparison.Ordinal));
        Assert.Contains(errors, error => error.StartsWith("ReverseProxy:", StringComparison.Ordinal));
    }

    private Task<IReadOnlyList<string>> ValidateAsync(Action<GatewaySetup> change)
    {
        var setup = new GatewaySetup().Secret("acme", Origin, "token");
        setup.Provider(new Provider
        {
            Name = "hosts",
            Kind = ProviderKind.Secret,
            Origin = GatewaySetup.Parse(Hosts),
            Injection = new Injection([new("Token", GatewaySetup.Template("{token}"))], []),
        });
        change(setup);
        return _gateway.ValidateAsync(setup);
    }
}
