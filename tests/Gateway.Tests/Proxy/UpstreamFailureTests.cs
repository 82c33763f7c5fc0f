using System.Text.Json;

using Gateway.Model;

namespace Gateway.Tests.Proxy;

public sealed class UpstreamFailureTests : IAsyncLifetime
{
    private readonly RawUpstream _upstream = RawUpstream.Start();
    private readonly int _closedPort = FreePort.Next();
    private GatewayUnderTest _gateway = null!;

    public async ValueTask InitializeAsync() => _gateway = await GatewayUnderTest.StartAsync(new GatewaySetup()
        .Secret("acme", _upstream.Origin, "token-canary", query: "apiKey")
        .Secret("closed", $"http://127.0.0.1:{_closedPort}", "token-canary")
        .Route("acme", "/acme/{**path}", _upstream.Origin, "\"Credential\": \"acme\"")
        .Route("hasty", "/hasty/{**path}", _upstream.Origin, "\"Credential\": \"acme\"")
        .With("Clusters", "hasty", "HttpRequest", """{ "ActivityTimeout": "00:00:01" }""")
        .Route("closed", "/closed/{**path}", $"http://127.0.0.1:{_closedPort}", "\"Credential\": \"closed\""));

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public async Task A_refused_connection_is_502() =>
        AssertProblem(await _gateway.GetAsync("/closed/x"), 502, "upstream_unreachable", "closed");

    [Fact]
    public async Task A_refused_connection_is_502_also_with_a_body() =>
        AssertProblem(await _gateway.PostAsync("/closed/x", "body"), 502, "upstream_unreachable", "closed");

    [Fact]
    public async Task A_reset_is_502()
    {
        _upstream.Answer = (_, connection) =>
        {
            connection.Reset();
            return Task.CompletedTask;
        };

        AssertProblem(await _gateway.PostAsync("/acme/x", "body"), 502, "upstream_unreachable", "acme");
        Assert.Single(_upstream.Requests);
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("HTTP/1.1 abc OK\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nno colon here\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nbody")]
    [InlineData("")]
    public async Task A_malformed_response_is_502(string garbage)
    {
        _upstream.Answer = async (_, connection) =>
        {
            await connection.SendAsync(garbage);
            connection.Dispose();
        };

        AssertProblem(await _gateway.PostAsync("/acme/x", "body"), 502, "upstream_unreachable", "acme");
    }

    [Fact]
    public async Task An_upgrade_that_was_not_requested_is_502_and_leaves_no_header()
    {
        _upstream.Answer = RawUpstream.Says("101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\nX-Theirs: yes");

        var response = await _gateway.GetAsync("/acme/x");

        AssertProblem(response, 502, "upstream_unreachable", "acme");
        Assert.Null(response.One("Upgrade"));
        Assert.Null(response.One("X-Theirs"));
    }

    [Fact]
    public async Task A_response_timeout_is_504()
    {
        _upstream.Answer = static (_, _) => Task.CompletedTask;

        AssertProblem(await _gateway.GetAsync("/hasty/x"), 504, "upstream_timeout", "acme");
    }

    [Fact]
    public async Task A_replay_to_an_unreachable_third_party_is_502_with_the_replay_header()
    {
        _upstream.Answer = async (request, connection) =>
        {
            if (_upstream.Requests.Count == 1)
            {
                await _gateway.StoreAsync(new Connection
                {
                    Id = new("acme", "default"),
                    Generation = 2,
                    Grant = Grant.None with { Fields = new Dictionary<string, Secret> { ["token"] = new("token-2-canary") } },
                });
                await RawUpstream.Says("401 Unauthorized")(request, connection);
                return;
            }

            connection.Reset();
        };

        var response = await _gateway.PostAsync("/acme/x", "body");

        AssertProblem(response, 502, "upstream_unreachable", "acme");
        Assert.Equal("replayed", response.One("Gateway-Replay"));
        Assert.Equal(2, _upstream.Requests.Count);
    }

    [Fact]
    public async Task A_truncated_response_is_truncated_for_the_caller()
    {
        _upstream.Answer = async (_, connection) =>
        {
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart");
            connection.Dispose();
        };

        using var caller = await _gateway.ConnectAsync();
        await caller.SendAsync("GET /acme/x HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n");
        var seen = "";
        while (await caller.ReadSomeAsync(1000) is { Length: > 0 } piece)
        {
            seen += System.Text.Encoding.Latin1.GetString(piece);
        }

        // The amount that arrives before the end varies; it is never a complete answer.
        Assert.True(
            seen.Length == 0 || seen.StartsWith("HTTP/1.1 502", StringComparison.Ordinal)
                || seen.EndsWith("\r\n\r\npart", StringComparison.Ordinal), seen);
    }

    [Theory]
    [InlineData("PATCH")]
    [InlineData("DELETE")]
    [InlineData("POST")]
    public async Task A_request_that_may_have_taken_effect_is_not_retried(string method)
    {
        Assert.Equal(200, (await _gateway.GetAsync("/acme/warm")).Status);
        _upstream.Answer = (_, connection) =>
        {
            connection.Dispose();
            return Task.CompletedTask;
        };

        var response = await _gateway.SendAsync($"{method} /acme/x HTTP/1.1\r\nHost: gateway\r\n\r\n");

        Assert.Equal(502, response.Status);
        Assert.Equal(2, _upstream.Requests.Count);
        Assert.Equal(1, _upstream.Connections);
    }

    private static void AssertProblem(RawResponse response, int status, string code, string provider)
    {
        Assert.Equal(status, response.Status);
        Assert.Equal(code, response.One("Gateway-Error"));
        Assert.Equal("application/problem+json", response.One("Content-Type"));
        Assert.Equal("no-store", response.One("Cache-Control"));
        using var problem = JsonDocument.Parse(response.Body);
        Assert.Equal($"urn:gateway:problem:{code}", problem.RootElement.GetProperty("type").GetString());
        Assert.Equal(status, problem.RootElement.GetProperty("status").GetInt32());
        Assert.Equal(code, problem.RootElement.GetProperty("code").GetString());
        Assert.Equal(provider, problem.RootElement.GetProperty("provider").GetString());
        Assert.Equal("default", problem.RootElement.GetProperty("connection").GetString());
        Assert.NotEmpty(problem.RootElement.GetProperty("title").GetString()!);
        Assert.NotEmpty(problem.RootElement.GetProperty("detail").GetString()!);
        Assert.NotEmpty(problem.RootElement.GetProperty("traceId").GetString()!);
        Assert.DoesNotContain("canary", response.Head + response.Text, StringComparison.Ordinal);
    }
}
