using System.Text.Json;

using Gateway.Model;
using Gateway.Tests.Tokens;

namespace Gateway.Tests.Proxy;

/// <summary>Problems for requests without a credential; none is forwarded.</summary>
public sealed class CredentialProblemTests : IAsyncLifetime
{
    private readonly RawUpstream _upstream = RawUpstream.Start();
    private TokenServer _tokens = null!;
    private GatewayUnderTest _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _tokens = await TokenServer.StartAsync();
        var setup = new GatewaySetup()
            .OAuth("acme", _upstream.Origin, _tokens.Url)
            .Route("acme", "/acme/{**path}", _upstream.Origin, "\"Credential\": \"acme\"")
            .Route("hasty", "/hasty/{**path}", _upstream.Origin, "\"Credential\": \"acme\"")
            .With("Clusters", "hasty", "HttpRequest", """{ "ActivityTimeout": "00:00:00.2" }""")
            .Route("scoped", "/scoped/{**path}", _upstream.Origin, "\"Credential\": \"acme\", \"Scope\": \"invoices:read\"");
        setup.Connections.Add(Stored("expired", TimeSpan.FromHours(-1)));
        setup.Connections.Add(Stored("scoped", TimeSpan.FromHours(1), "contacts:read", "invoices:read"));
        setup.Connections.Add(Stored("narrow", TimeSpan.FromHours(1), "contacts:read"));
        _gateway = await GatewayUnderTest.StartAsync(setup);
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _upstream.DisposeAsync();
        await _tokens.DisposeAsync();
    }

    [Fact]
    public async Task A_store_outage_is_503_with_RetryAfter()
    {
        _gateway.Store.Away = true;

        var response = await _gateway.GetAsync("/acme/x");

        AssertProblem(response, 503, "credential_unavailable", "default");
        Assert.True(int.Parse(response.One("Retry-After")!) >= 1);
    }

    [Theory]
    [InlineData(503, "later", 503, "credential_unavailable")]
    [InlineData(200, "<html>", 503, "credential_unavailable")]
    [InlineData(400, """{"error":"invalid_grant"}""", 424, "reauthorization_required")]
    [InlineData(401, """{"error":"invalid_client"}""", 502, "provider_misconfigured")]
    public async Task A_token_endpoint_without_a_token_is_a_problem(int status, string body, int expected, string code)
    {
        _tokens.Say(status, body);

        AssertProblem(await _gateway.GetAsync("/acme/x", "Gateway-Connection: expired\r\n"), expected, code, "expired");
    }

    [Fact]
    public async Task A_token_endpoint_slower_than_the_route_allows_is_503()
    {
        var go = new TaskCompletionSource();
        _tokens.Answer = async (context, form) =>
        {
            await go.Task;
            await _tokens.RotateAsync(context, form);
        };

        var response = await _gateway.GetAsync("/hasty/x", "Gateway-Connection: expired\r\n");

        AssertProblem(response, 503, "credential_unavailable", "expired");
        Assert.True(int.Parse(response.One("Retry-After")!) >= 1);
        Assert.Empty(_upstream.Requests);
        go.SetResult();
        Assert.Equal(200, (await _gateway.GetAsync("/acme/x", "Gateway-Connection: expired\r\n")).Status);
        Assert.Equal(1, _tokens.Calls);
    }

    [Theory]
    [InlineData("scoped", 200)]
    [InlineData("narrow", 403)]
    [InlineData("default", 403)]
    public async Task A_scope_that_was_not_granted_is_403(string connection, int expected)
    {
        var response = await _gateway.GetAsync("/scoped/x", $"Gateway-Connection: {connection}\r\n");

        Assert.Equal(expected, response.Status);
        Assert.Equal(expected == 403 ? "scope_not_granted" : null, response.One("Gateway-Error"));
    }

    [Fact]
    public async Task A_refused_token_that_the_request_waited_for_is_not_refreshed_again()
    {
        _upstream.Answer = RawUpstream.Says("401 Unauthorized");

        var first = await _gateway.GetAsync("/acme/x", "Gateway-Connection: expired\r\n");
        var second = await _gateway.GetAsync("/acme/x", "Gateway-Connection: expired\r\n");

        Assert.Equal("skipped; reason=fresh-token", first.One("Gateway-Replay"));
        Assert.Equal("skipped; reason=fresh-token", second.One("Gateway-Replay"));
        Assert.Equal(1, _tokens.Calls);
    }

    [Fact]
    public async Task A_provider_that_was_removed_from_the_configuration_is_refused()
    {
        _gateway.Get<ProviderCatalog>().Replace([]);

        var response = await _gateway.GetAsync("/acme/x");

        response.ShouldBeProblem(502, "provider_misconfigured");
        Assert.Empty(_upstream.Requests);
    }

    [Fact]
    public async Task A_problem_for_HEAD_has_no_body()
    {
        var response = await _gateway.SendAsync("HEAD /acme/x HTTP/1.1\r\nHost: gateway\r\nGateway-Connection: none\r\n\r\n");

        Assert.Equal(404, response.Status);
        Assert.Equal("connection_not_found", response.One("Gateway-Error"));
    }

    [Fact]
    public async Task A_refused_upload_is_answered_without_reading_its_body()
    {
        using var caller = await _gateway.ConnectAsync();
        await caller.SendAsync(
            "POST /acme/x HTTP/1.1\r\nHost: gateway\r\nGateway-Connection: none\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n"
                + "\r\n");

        Assert.Equal(404, (await caller.ReadResponseAsync()).Status);
    }

    private void AssertProblem(RawResponse response, int status, string code, string connection)
    {
        Assert.Equal(status, response.Status);
        Assert.Equal(code, response.One("Gateway-Error"));
        Assert.Null(response.One("WWW-Authenticate"));
        Assert.Null(response.One("Gateway-Replay"));
        using var problem = JsonDocument.Parse(response.Body);
        Assert.Equal(
            ["type", "title", "status", "detail", "code", "provider", "connection", "traceId"],
            problem.RootElement.EnumerateObject().Select(member => member.Name));
        Assert.Equal(connection, problem.RootElement.GetProperty("connection").GetString());
        Assert.Empty(_upstream.Requests);
    }

    private static Connection Stored(string name, TimeSpan life, params string[] scopes) => new()
    {
        Id = new("acme", name),
        Generation = 1,
        Grant = Grant.None with { RefreshToken = new("refresh-0") },
        Token = new(new("access-0"), TimeProvider.System.GetUtcNow() + life),
        Scopes = scopes,
    };
}
