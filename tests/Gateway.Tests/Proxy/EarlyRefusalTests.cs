using Gateway.Proxy.Replay;
using Gateway.Tests.Tokens;

using Eventually = Gateway.Testing.Eventually;

namespace Gateway.Tests.Proxy;

/// <summary>
/// A third party over HTTP/1.1 that answers before it has read the body. HttpClient reads the answer after it has written the body.
/// </summary>
public abstract class EarlyRefusalTests(bool tls) : IAsyncLifetime
{
    private const int Limit = 50_000;
    private const string Refusal = "HTTP/1.1 401 Unauthorized\r\nX-Upstream: first\r\nContent-Length: 7\r\n\r\nrefused";

    private readonly RawUpstream _upstream = RawUpstream.Start(tls: tls);
    private TokenServer _tokens = null!;
    private GatewayUnderTest _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _tokens = await TokenServer.StartAsync();
        var setup = new GatewaySetup().OAuth("acme", _upstream.Origin, _tokens.Url);
        foreach (var (route, policy) in new[] { ("always", "Always"), ("never", "Never") })
        {
            setup.Route(route, $"/{route}/{{**path}}", _upstream.Origin,
                    $"\"Credential\": \"acme\", \"Replay\": \"{policy}\", \"ReplayBodyLimit\": \"{Limit}\"")
                .With("Clusters", route, "HttpClient", """{ "DangerousAcceptAnyServerCertificate": true, "MaxConnectionsPerServer": 1 }""")
                .With("Clusters", route, "HttpRequest", """{ "Version": "1.1", "VersionPolicy": "RequestVersionExact" }""");
        }

        _gateway = await GatewayUnderTest.StartAsync(setup);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _gateway.DisposeAsync();
        await _upstream.DisposeAsync();
        await _tokens.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_early_401_is_healed_after_the_body_is_sent(bool pooled)
    {
        if (pooled)
        {
            _upstream.Answer = RawUpstream.Says("200 OK");
            await _gateway.GetAsync("/always/warm");
        }

        var body = Body(30_000);
        var refused = new TaskCompletionSource();
        _upstream.Answer = (request, connection) => RefuseOldAsync(request, connection, refused);
        using var caller = await _gateway.ConnectAsync();
        await caller.SendAsync($"POST /always/x HTTP/1.1\r\nHost: gateway\r\nContent-Length: {body.Length}\r\n\r\n{body[..1000]}");
        await refused.Task.WaitAsync(Eventually.Patience);
        await caller.SendAsync(body[1000..]);
        var response = await caller.ReadResponseAsync();

        Assert.True(response.Status == 200, response.Head);
        Assert.Equal("replayed", response.One("Gateway-Replay"));
        Assert.Equal(body, response.Text);
        Assert.Equal(1, _tokens.Calls);
        Assert.Equal(0, _gateway.Get<ReplayMemory>().Used);
    }

    [Theory]
    [InlineData("/always/x", "refresh-failed")]
    [InlineData("/never/x", "disabled")]
    public async Task Without_a_replay_an_early_401_passes_after_the_body_is_sent(string target, string reason)
    {
        if (reason == "refresh-failed")
        {
            _tokens.Say(400, """{"error":"invalid_grant"}""");
        }

        var refused = new TaskCompletionSource();
        _upstream.Answer = (request, connection) => RefuseOldAsync(request, connection, refused);
        var body = Body(30_000);
        using var caller = await _gateway.ConnectAsync();
        await caller.SendAsync($"POST {target} HTTP/1.1\r\nHost: gateway\r\nContent-Length: {body.Length}\r\n\r\n{body[..10_000]}");
        await refused.Task.WaitAsync(Eventually.Patience);
        await caller.SendAsync(body[10_000..]);
        var response = await caller.ReadResponseAsync();

        Assert.True(response.Status == 401, response.Head);
        Assert.Equal($"skipped; reason={reason}", response.One("Gateway-Replay"));
        Assert.Equal("first", response.One("X-Upstream"));
        Assert.Equal("refused", response.Text);
        Assert.Single(_upstream.Requests);
        Assert.Equal(0, _gateway.Get<ReplayMemory>().Used);

        if (reason == "disabled")
        {
            Assert.Equal(body, (await _gateway.PostAsync(target, body)).Text);
        }
    }

    [Fact]
    public async Task With_a_body_over_the_limit_the_401_passes_and_the_token_is_refreshed()
    {
        _upstream.Answer = (request, connection) => RefuseOldAsync(request, connection);
        var body = Body(3 * Limit);

        var response = await _gateway.PostAsync("/always/x", body);

        Assert.True(response.Status == 401, response.Head);
        Assert.Equal("skipped; reason=body", response.One("Gateway-Replay"));
        Assert.Equal("first", response.One("X-Upstream"));
        Assert.Equal(body, (await _gateway.PostAsync("/always/x", body)).Text);
        Assert.Equal(1, _tokens.Calls);
    }

    [Theory]
    [InlineData("200 OK", false)]
    [InlineData("200 OK", true)]
    [InlineData("413 Content Too Large", false)]
    [InlineData("413 Content Too Large", true)]
    public async Task Any_other_early_answer_passes_after_the_body_is_sent(string head, bool pooled)
    {
        if (pooled)
        {
            _upstream.Answer = RawUpstream.Says("200 OK");
            await _gateway.GetAsync("/always/warm");
        }

        var (answered, taken) = (new TaskCompletionSource(), new TaskCompletionSource<string>());
        _upstream.Answer = async (request, connection) =>
        {
            await connection.SendAsync($"HTTP/1.1 {head}\r\nContent-Length: 2000\r\n\r\n{Body(2000)}");
            answered.TrySetResult();
            await connection.ReadBodyAsync(request);
            taken.TrySetResult(request.BodyText);
        };
        var body = Body(30_000);
        using var caller = await _gateway.ConnectAsync();
        await caller.SendAsync($"POST /always/x HTTP/1.1\r\nHost: gateway\r\nContent-Length: {body.Length}\r\n\r\n{body[..100]}");
        await answered.Task.WaitAsync(Eventually.Patience);
        await caller.SendAsync(body[100..]);
        var response = await caller.ReadResponseAsync();

        Assert.StartsWith($"HTTP/1.1 {head}", response.Head, StringComparison.Ordinal);
        Assert.Equal(Body(2000), response.Text);
        Assert.Null(response.One("Gateway-Replay"));
        Assert.Equal(body, await taken.Task.WaitAsync(Eventually.Patience));
        Assert.Equal(0, _tokens.Calls);
        Assert.Equal(1, _upstream.Connections);
    }

    [Fact]
    public async Task A_caller_that_disconnects_during_the_refresh_leaves_no_state()
    {
        var (asked, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        _tokens.Answer = async (context, form) =>
        {
            asked.TrySetResult();
            await go.Task;
            await _tokens.RotateAsync(context, form);
        };
        _upstream.Answer = (request, connection) => RefuseOldAsync(request, connection);
        using (var caller = await _gateway.ConnectAsync())
        {
            await caller.SendAsync($"POST /always/x HTTP/1.1\r\nHost: gateway\r\nContent-Length: 3000\r\n\r\n{Body(3000)}");
            await asked.Task.WaitAsync(Eventually.Patience);
            caller.Reset();
        }

        await Eventually.TrueAsync(() => _gateway.Get<ReplayMemory>().Used == 0, "The buffered body was not freed.");
        go.SetResult();
        Assert.Equal("after", (await _gateway.PostAsync("/always/x", "after")).Text);
    }

    [Fact]
    public async Task Many_requests_in_a_row_share_a_connection_and_get_their_own_answers()
    {
        _upstream.Answer = EchoAsync;
        for (var number = 0; number < 200; number++)
        {
            var body = $"{number}:{Body(number * 37)}";
            var response = number % 3 == 0 ? await _gateway.GetAsync("/always/x") : await _gateway.PostAsync("/always/x", body);
            Assert.Equal(number % 3 == 0 ? "" : body, response.Text);
        }

        Assert.Equal(1, _upstream.Connections);
    }

    private static async Task RefuseOldAsync(RawRequest request, RawConnection connection, TaskCompletionSource? refused = null)
    {
        if (request.One("Authorization") != "Bearer access-0")
        {
            await EchoAsync(request, connection);
            return;
        }

        await connection.SendAsync(Refusal);
        refused?.TrySetResult();
        await connection.ReadBodyAsync(request);
    }

    private static async Task EchoAsync(RawRequest request, RawConnection connection)
    {
        if (await connection.ReadBodyAsync(request))
        {
            await connection.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {request.BodyBytes.Length}\r\n\r\n{request.BodyText}");
        }
    }

    private static string Body(int length) => string.Create(length, 0, static (text, _) =>
    {
        for (var index = 0; index < text.Length; index++)
        {
            text[index] = (char)('a' + (index * 7 % 26));
        }
    });
}

public sealed class EarlyRefusalPlainTests() : EarlyRefusalTests(tls: false);

public sealed class EarlyRefusalTlsTests() : EarlyRefusalTests(tls: true);
