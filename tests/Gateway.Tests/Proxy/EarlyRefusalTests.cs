using System.Text;

using Gateway.Proxy.Replay;
using Gateway.Tests.Tokens;

using Eventually = Gateway.Testing.Eventually;

namespace Gateway.Tests.Proxy;

/// <summary>A third party over HTTP/1.1 that refuses a request whose body is still on its way.</summary>
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
        foreach (var (route, policy, limit) in new[] { ("always", "Always", Limit), ("never", "Never", Limit), ("large", "Always", 20_000_000) })
        {
            setup.Route(route, $"/{route}/{{**path}}", _upstream.Origin,
                    $"\"Credential\": \"acme\", \"Replay\": \"{policy}\", \"ReplayBodyLimit\": \"{limit}\"")
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
    [InlineData(false, 1000, "")]
    [InlineData(true, 1000, "")]
    [InlineData(false, 1000, "close")]
    [InlineData(true, 1000, "close")]
    [InlineData(false, 1000, "reset")]
    [InlineData(true, 1000, "reset")]
    public async Task While_the_caller_stalls_the_token_is_renewed_and_the_part_is_sent_again(bool pooled, int part, string end)
    {
        var body = Body(30_000);
        if (pooled)
        {
            _upstream.Answer = RawUpstream.Says("200 OK");
            await _gateway.GetAsync("/always/warm");
        }

        _upstream.Answer = (request, connection) => RefuseOldAsync(request, connection, end);
        using var caller = await _gateway.ConnectAsync();
        await caller.SendAsync($"POST /always/x HTTP/1.1\r\nHost: gateway\r\nContent-Length: {body.Length}\r\n\r\n{body[..part]}");
        await Eventually.TrueAsync(() => _upstream.Requests.Any(static request => request.One("Authorization") == "Bearer access-1"), "Not sent again.");
        await caller.SendAsync(body[part..]);
        var response = await caller.ReadResponseAsync();

        Assert.True(response.Status == 200, response.Head);
        Assert.Equal("replayed", response.One("Gateway-Replay"));
        Assert.Equal(body, response.Text);
        Assert.Equal(1, _tokens.Calls);
        Assert.Equal(2, _upstream.Connections);
        Assert.Equal(0, _gateway.Get<ReplayMemory>().Used);
    }

    [Theory]
    [InlineData("close")]
    [InlineData("reset")]
    public async Task A_caller_who_does_not_stop_sending_gets_the_healed_answer(string end)
    {
        for (var round = 0; round < 20; round++)
        {
            var body = Body(Limit);
            var refused = $"Bearer access-{round}";
            _upstream.Answer = (request, connection) => RefuseAsync(request, connection, end, request.One("Authorization") == refused);

            var response = await _gateway.SendAsync($"POST /always/x HTTP/1.1\r\nHost: gateway\r\nTransfer-Encoding: chunked\r\n\r\n{Chunked(body)}");

            Assert.True(response.Status == 200, $"{round}: {response.Head}");
            Assert.Equal(body, response.Text);
        }

        Assert.Equal(0, _gateway.Get<ReplayMemory>().Used);
    }

    [Theory]
    [InlineData("/always/x", "", "refresh-failed")]
    [InlineData("/always/x", "close", "refresh-failed")]
    [InlineData("/always/x", "reset", "refresh-failed")]
    [InlineData("/never/x", "", "disabled")]
    [InlineData("/never/x", "close", "disabled")]
    [InlineData("/never/x", "reset", "disabled")]
    public async Task Where_nothing_is_sent_again_the_401_passes_when_the_body_has_come(string target, string end, string reason)
    {
        if (reason == "refresh-failed")
        {
            _tokens.Say(400, """{"error":"invalid_grant"}""");
        }

        _upstream.Answer = (request, connection) => RefuseOldAsync(request, connection, end);
        var body = Body(30_000);
        using var caller = await _gateway.ConnectAsync();
        await caller.SendAsync($"POST {target} HTTP/1.1\r\nHost: gateway\r\nContent-Length: {body.Length}\r\n\r\n{body[..10_000]}");
        await Eventually.TrueAsync(() => _tokens.Calls == 1, "No refresh was tried while the caller was still sending.");
        await caller.SendAsync(body[10_000..20_000]);
        await caller.SendAsync(body[20_000..]);
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

    [Theory]
    [InlineData("")]
    [InlineData("close")]
    [InlineData("reset")]
    public async Task Past_the_limit_the_401_passes_and_the_token_is_renewed(string end)
    {
        _upstream.Answer = (request, connection) => RefuseOldAsync(request, connection, end);
        var body = Body(3 * Limit);

        var response = await _gateway.PostAsync("/always/x", body);

        Assert.True(response.Status == 401, response.Head);
        Assert.Equal("skipped; reason=body", response.One("Gateway-Replay"));
        Assert.Equal("first", response.One("X-Upstream"));
        Assert.Equal(body, (await _gateway.PostAsync("/always/x", body)).Text);
        Assert.Equal(1, _tokens.Calls);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_status_line_in_pieces_is_understood(bool pooled)
    {
        if (pooled)
        {
            _upstream.Answer = RawUpstream.Says("200 OK");
            await _gateway.GetAsync("/always/warm");
        }

        _upstream.Answer = async (request, connection) =>
        {
            if (request.One("Authorization") == "Bearer access-0")
            {
                foreach (var piece in new[] { "H", "TTP/1.1 4", "01 No\r\nContent-", "Length: 0\r\n\r\n" })
                {
                    await connection.SendAsync(piece);
                    await connection.ReadSomeAsync(1);
                }
            }

            await RefuseOldAsync(request, connection, "", answered: true);
        };
        var body = Body(1000);
        using var caller = await _gateway.ConnectAsync();
        await caller.SendAsync($"POST /always/x HTTP/1.1\r\nHost: gateway\r\nContent-Length: {body.Length}\r\n\r\n{body[..100]}");
        await Eventually.TrueAsync(() => _upstream.Requests.Any(static request => request.One("Authorization") == "Bearer access-1"), "Not sent again.");
        await caller.SendAsync(body[100..]);

        Assert.Equal(body, (await caller.ReadResponseAsync()).Text);
    }

    [Theory]
    [InlineData("200 OK", false)]
    [InlineData("200 OK", true)]
    [InlineData("413 Content Too Large", false)]
    [InlineData("413 Content Too Large", true)]
    public async Task Another_early_answer_waits_for_the_body_as_ever(string head, bool pooled)
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
    public async Task A_third_party_that_stops_reading_holds_nobody_up()
    {
        var body = Body(12_000_000);
        var over = new TaskCompletionSource();
        _upstream.Answer = async (request, connection) =>
        {
            if (request.One("Authorization") == "Bearer access-0")
            {
                await connection.SendAsync(Refusal);
                await over.Task;
                return;
            }

            await EchoAsync(request, connection);
        };

        var response = await _gateway.PostAsync("/large/x", body);
        over.SetResult();

        Assert.True(response.Status == 200, response.Head);
        Assert.True(body == response.Text);
        Assert.Equal(0, _gateway.Get<ReplayMemory>().Used);
    }

    [Fact]
    public async Task A_caller_who_hangs_up_during_the_refresh_leaves_nothing_behind()
    {
        var (asked, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        _tokens.Answer = async (context, form) =>
        {
            asked.TrySetResult();
            await go.Task;
            await _tokens.RotateAsync(context, form);
        };
        _upstream.Answer = (request, connection) => RefuseOldAsync(request, connection, "");
        using (var caller = await _gateway.ConnectAsync())
        {
            await caller.SendAsync($"POST /always/x HTTP/1.1\r\nHost: gateway\r\nContent-Length: 3000\r\n\r\n{Body(1000)}");
            await asked.Task.WaitAsync(Eventually.Patience);
            caller.Reset();
        }

        await Eventually.TrueAsync(() => _gateway.Get<ReplayMemory>().Used == 0, "What was kept was not freed.");
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

    private static Task RefuseOldAsync(RawRequest request, RawConnection connection, string end, bool answered = false) =>
        RefuseAsync(request, connection, end, request.One("Authorization") == "Bearer access-0", answered);

    private static async Task RefuseAsync(RawRequest request, RawConnection connection, string end, bool refuse, bool answered = false)
    {
        if (!refuse)
        {
            await EchoAsync(request, connection);
            return;
        }

        if (!answered)
        {
            // A close that is not announced may meet the next request, whatever the body did.
            await connection.SendAsync(end.Length == 0 ? Refusal : Refusal.Replace("X-Upstream", "Connection: close\r\nX-Upstream", StringComparison.Ordinal));
        }

        switch (end)
        {
            case "close":
                connection.Dispose();
                break;
            case "reset":
                connection.Reset();
                break;
            default:
                await connection.ReadBodyAsync(request);
                break;
        }
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

    private static string Chunked(string body) =>
        string.Concat(body.Chunk(1000).Select(static chunk => $"{Encoding.Latin1.GetByteCount(chunk):x}\r\n{new string(chunk)}\r\n")) + "0\r\n\r\n";
}

public sealed class EarlyRefusalPlainTests() : EarlyRefusalTests(tls: false);

public sealed class EarlyRefusalTlsTests() : EarlyRefusalTests(tls: true);
