using System.Text;

using Gateway.Model;
using Gateway.Proxy;
using Gateway.Proxy.Replay;
using Gateway.Tests.Tokens;

using Eventually = Gateway.Testing.Eventually;

namespace Gateway.Tests.Proxy;

/// <summary>The 401 rule over HTTP/1.1, checked with the bytes that the third party received.</summary>
public sealed class ReplayTests : IAsyncLifetime
{
    private const int Limit = 4096;
    private const string Refused = "401 Unauthorized\r\nWWW-Authenticate: Bearer error=\"invalid_token\"\r\nX-Upstream: first";

    private readonly RawUpstream _upstream = RawUpstream.Start();
    private TokenServer _tokens = null!;
    private GatewayUnderTest _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _upstream.Answer = OnlyNewTokensAsync;
        _tokens = await TokenServer.StartAsync();
        _gateway = await GatewayUnderTest.StartAsync(new GatewaySetup()
            .OAuth("acme", _upstream.Origin, _tokens.Url)
            .Secret("static", _upstream.Origin, "token-1")
            .Route("always", "/always/{**path}", _upstream.Origin, "\"PathPattern\": \"/{**path}\"",
                $"\"Credential\": \"acme\", \"ReplayBodyLimit\": \"{Limit}\"")
            .Route("safe", "/safe/{**path}", _upstream.Origin, "\"Credential\": \"acme\", \"Replay\": \"Safe\"")
            .Route("never", "/never/{**path}", _upstream.Origin, "\"Credential\": \"acme\", \"Replay\": \"Never\"")
            .Route("static", "/static/{**path}", _upstream.Origin, "\"Credential\": \"static\""));
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _upstream.DisposeAsync();
        await _tokens.DisposeAsync();
    }

    [Fact]
    public async Task A_GET_is_sent_again_with_the_new_token()
    {
        var response = await _gateway.GetAsync("/always/x?y=1");

        Assert.Equal(200, response.Status);
        Assert.Equal("replayed", response.One("Gateway-Replay"));
        Assert.Null(response.One("Gateway-Error"));
        Assert.Null(response.One("X-Upstream"));
        Assert.Equal(["Bearer access-0", "Bearer access-1"], _upstream.Requests.Select(request => request.One("Authorization")));
        Assert.Equal(["/x?y=1", "/x?y=1"], _upstream.Requests.Select(request => request.Target));
        Assert.Equal(1, _tokens.Calls);
    }

    [Fact]
    public async Task Without_a_401_there_is_no_replay_header()
    {
        _upstream.Answer = RawUpstream.Says("200 OK", "ok");

        Assert.Null((await _gateway.GetAsync("/always/x")).One("Gateway-Replay"));
        Assert.Single(_upstream.Requests);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1024)]
    [InlineData(Limit)]
    public async Task A_POST_up_to_the_limit_is_sent_again_in_full(int length)
    {
        var body = Body(length);

        var response = await _gateway.PostAsync("/always/x", body);

        Assert.Equal(200, response.Status);
        Assert.Equal("replayed", response.One("Gateway-Replay"));
        Assert.Equal([body, body], _upstream.Requests.Select(request => request.BodyText));
        Assert.All(_upstream.Requests, request => Assert.Equal($"{length}", request.One("Content-Length")));
        Assert.Equal(0, _gateway.Get<ReplayMemory>().Used);
    }

    [Fact]
    public async Task A_POST_over_the_limit_gets_the_401_and_the_next_request_succeeds()
    {
        var body = Body(Limit + 1);

        var response = await _gateway.PostAsync("/always/x", body);

        Assert.Equal(401, response.Status);
        Assert.Equal("skipped; reason=body", response.One("Gateway-Replay"));
        Assert.Equal("first", response.One("X-Upstream"));
        Assert.Null(response.One("Gateway-Error"));
        Assert.Equal(body, _upstream.Only.BodyText);
        Assert.Equal(1, _tokens.Calls);

        Assert.Equal(200, (await _gateway.PostAsync("/always/x", body)).Status);
        Assert.Equal(1, _tokens.Calls);
    }

    [Theory]
    [InlineData(1000, "replayed")]
    [InlineData(Limit, "replayed")]
    [InlineData(Limit + 1, "skipped; reason=body")]
    [InlineData(200_000, "skipped; reason=body")]
    public async Task A_chunked_body_is_buffered_up_to_the_limit(int length, string outcome)
    {
        var body = Body(length);

        var response =
            await _gateway.SendAsync($"POST /always/x HTTP/1.1\r\nHost: gateway\r\nTransfer-Encoding: chunked\r\n\r\n{Chunked(body, 700)}");

        Assert.Equal(outcome, response.One("Gateway-Replay"));
        Assert.Equal(outcome == "replayed" ? [body, body] : [body], _upstream.Requests.Select(request => request.BodyText));
        Assert.All(_upstream.Requests, request => Assert.Equal("chunked", request.One("Transfer-Encoding")));
        Assert.Equal(0, _gateway.Get<ReplayMemory>().Used);
    }

    [Fact]
    public async Task A_body_sent_after_100_Continue_is_replayed()
    {
        var body = Body(1000);
        using var caller = await _gateway.ConnectAsync();
        await caller.SendAsync($"PUT /always/x HTTP/1.1\r\nHost: gateway\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 100 Continue", Encoding.Latin1.GetString(await caller.ReadSomeAsync(100)), StringComparison.Ordinal);
        await caller.SendAsync(body);
        var response = await caller.ReadResponseAsync();

        Assert.Equal("replayed", response.One("Gateway-Replay"));
        Assert.Equal([body, body], _upstream.Requests.Select(request => request.BodyText));
        Assert.All(_upstream.Requests, request => Assert.False(request.Has("Expect")));
    }

    [Fact]
    public async Task A_401_before_the_body_was_read_is_healed_after_the_body_is_sent()
    {
        var body = Body(3000);
        var refused = new TaskCompletionSource();
        _upstream.Answer = async (request, connection) =>
        {
            if (request.One("Authorization") == "Bearer access-0")
            {
                await connection.SendAsync($"HTTP/1.1 {Refused}\r\nContent-Length: 0\r\n\r\n");
                refused.TrySetResult();
            }

            await OnlyNewTokensAsync(request, connection, alreadyAnswered: request.One("Authorization") == "Bearer access-0");
        };
        using var caller = await _gateway.ConnectAsync();
        await caller.SendAsync($"POST /always/x HTTP/1.1\r\nHost: gateway\r\nContent-Length: 3000\r\n\r\n{body[..1000]}");
        await refused.Task.WaitAsync(Eventually.Patience);
        await caller.SendAsync(body[1000..]);

        var response = await caller.ReadResponseAsync();

        Assert.Equal(200, response.Status);
        Assert.Equal("replayed", response.One("Gateway-Replay"));
        Assert.Equal(body, _upstream.Requests.Last().BodyText);
    }

    [Fact]
    public async Task The_first_attempt_streams_while_the_caller_is_still_sending()
    {
        var arrived = new TaskCompletionSource<string>();
        _upstream.Answer = async (request, connection) =>
        {
            arrived.TrySetResult(Encoding.Latin1.GetString(await connection.ReadSomeAsync(5)));
            await connection.ReadBodyAsync(request);
        };
        using var caller = await _gateway.ConnectAsync();

        await caller.SendAsync("POST /always/x HTTP/1.1\r\nHost: gateway\r\nContent-Length: 3000\r\n\r\nfirst");

        Assert.Equal("first", await arrived.Task.WaitAsync(Eventually.Patience));
    }

    [Theory]
    [InlineData("PATCH")]
    [InlineData("DELETE")]
    [InlineData("POST")]
    public async Task A_request_without_a_body_is_replayed_without_one(string method)
    {
        var response = await _gateway.SendAsync($"{method} /always/x HTTP/1.1\r\nHost: gateway\r\n\r\n");

        Assert.Equal("replayed", response.One("Gateway-Replay"));
        Assert.Equal(2, _upstream.Requests.Count);
        Assert.All(_upstream.Requests, request => Assert.False(request.Has("Transfer-Encoding")));
    }

    [Theory]
    [InlineData("GET", "", "replayed")]
    [InlineData("HEAD", "", "replayed")]
    [InlineData("OPTIONS", "", "replayed")]
    [InlineData("DELETE", "", "skipped; reason=method")]
    [InlineData("POST", "Content-Length: 0\r\n", "skipped; reason=method")]
    [InlineData("POST", "Content-Length: 0\r\nIdempotency-Key: 7\r\n", "replayed")]
    public async Task A_safe_route_replays_idempotent_requests_only(string method, string headers, string outcome)
    {
        var response = await _gateway.SendAsync($"{method} /safe/x HTTP/1.1\r\nHost: gateway\r\n{headers}\r\n");

        Assert.Equal(outcome, response.One("Gateway-Replay"));
        Assert.Equal(outcome == "replayed" ? 2 : 1, _upstream.Requests.Count);
        Assert.Equal(1, _tokens.Calls);
    }

    [Fact]
    public async Task A_route_without_replay_still_refreshes()
    {
        var response = await _gateway.GetAsync("/never/x");

        Assert.Equal(401, response.Status);
        Assert.Equal("skipped; reason=disabled", response.One("Gateway-Replay"));
        Assert.Equal("Bearer error=\"invalid_token\"", response.One("WWW-Authenticate"));
        Assert.Equal(200, (await _gateway.GetAsync("/never/x")).Status);
        Assert.Equal(1, _tokens.Calls);
    }

    [Fact]
    public async Task A_second_401_is_final_and_denies_its_method_and_path_with_any_query()
    {
        _upstream.Answer = RawUpstream.Says(Refused, "no");

        var first = await _gateway.GetAsync("/always/x");
        var second = await _gateway.GetAsync("/always/x");
        var otherQuery = await _gateway.GetAsync("/always/x?query=1");
        var otherPath = await _gateway.GetAsync("/never/x");

        Assert.Equal([401, 401, 401, 401], [first.Status, second.Status, otherQuery.Status, otherPath.Status]);
        Assert.Equal("replayed", first.One("Gateway-Replay"));
        Assert.Equal("skipped; reason=fresh-token", second.One("Gateway-Replay"));
        Assert.Equal("skipped; reason=fresh-token", otherQuery.One("Gateway-Replay"));
        Assert.Equal("skipped; reason=disabled", otherPath.One("Gateway-Replay"));
        Assert.Equal(2, _tokens.Calls);
        Assert.Equal(5, _upstream.Requests.Count);
    }

    [Theory]
    [InlineData("/never/x", 100, "disabled")]
    [InlineData("/always/x", Limit + 1, "body")]
    [InlineData("/safe/x", 100, "method")]
    public async Task A_route_that_refuses_every_token_causes_one_refresh_also_without_a_replay(
        string target, int length, string obstacle)
    {
        _upstream.Answer = RawUpstream.Says(Refused, "no");
        var outcomes = new List<string?>();
        for (var request = 0; request < 5; request++)
        {
            outcomes.Add((await _gateway.PostAsync(target, Body(length))).One("Gateway-Replay"));
        }

        Assert.Equal([$"skipped; reason={obstacle}", .. Enumerable.Repeat("skipped; reason=fresh-token", 4)], outcomes);
        Assert.Equal(1, _tokens.Calls);
    }

    [Fact]
    public async Task A_token_that_the_route_accepted_later_is_healed_when_it_is_revoked()
    {
        Assert.Equal(401, (await _gateway.PostAsync("/never/x", "body")).Status);
        Assert.Equal(200, (await _gateway.PostAsync("/never/x", "body")).Status);
        _upstream.Answer = (request, connection) =>
            RawUpstream.Says(request.One("Authorization") == "Bearer access-2" ? "200 OK" : Refused, "")(request, connection);

        Assert.Equal("skipped; reason=disabled", (await _gateway.PostAsync("/never/x", "body")).One("Gateway-Replay"));
        Assert.Equal(200, (await _gateway.PostAsync("/never/x", "body")).Status);
        Assert.Equal(2, _tokens.Calls);
    }

    [Fact]
    public async Task After_a_failed_refresh_the_401_passes()
    {
        _tokens.Say(400, """{"error":"invalid_grant"}""");

        var response = await _gateway.GetAsync("/always/x");

        Assert.Equal(401, response.Status);
        Assert.Equal("skipped; reason=refresh-failed", response.One("Gateway-Replay"));
        Assert.Equal("first", response.One("X-Upstream"));
        Assert.Null(response.One("Gateway-Error"));
        Assert.Equal("refused", response.Text);

        var next = await _gateway.GetAsync("/always/x");
        Assert.Equal(424, next.Status);
        Assert.Equal("reauthorization_required", next.One("Gateway-Error"));
    }

    [Fact]
    public async Task A_403_passes_without_a_refresh()
    {
        _upstream.Answer = RawUpstream.Says("403 Forbidden", "no");

        var response = await _gateway.GetAsync("/always/x");

        Assert.Equal(403, response.Status);
        Assert.Null(response.One("Gateway-Replay"));
        Assert.Equal(0, _tokens.Calls);
    }

    [Fact]
    public async Task The_401_of_a_refused_secret_passes_until_a_newer_one_is_stored()
    {
        _upstream.Answer = (request, connection) => RawUpstream.Says(
            request.One("Authorization") == "Bearer token-2" ? "200 OK" : Refused)(request, connection);

        var before = await _gateway.GetAsync("/static/x");
        await _gateway.StoreAsync(new Connection
        {
            Id = new("static", "default"),
            Generation = 2,
            Grant = Grant.None with { Fields = new Dictionary<string, Secret> { ["token"] = new("token-2") } },
        });
        var after = await _gateway.GetAsync("/static/x");

        Assert.Equal("skipped; reason=static", before.One("Gateway-Replay"));
        Assert.Equal(401, before.Status);
        Assert.Equal(200, after.Status);
    }

    [Fact]
    public async Task Many_callers_with_one_rejected_token_cause_one_refresh()
    {
        var answers =
            await Task.WhenAll(Enumerable.Range(0, 50).Select(number => _gateway.PostAsync($"/always/{number}", Body(100 + number))));

        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        Assert.Equal(1, _tokens.Calls);
        foreach (var healed in _upstream.Requests.GroupBy(request => request.Target))
        {
            Assert.All(healed, request => Assert.Equal(Body(100 + int.Parse(request.Target[1..])), request.BodyText));
        }
    }

    [Fact]
    public async Task A_body_beyond_the_replay_memory_of_the_process_is_not_replayed()
    {
        await using var small =
            await GatewayUnderTest.StartAsync(new GatewaySetup { Settings = { [ProxyExtensions.ReplayMemoryKey] = "2048" } }
            .OAuth("acme", _upstream.Origin, _tokens.Url)
            .Route("always", "/always/{**path}", _upstream.Origin, "\"Credential\": \"acme\""));

        var response = await small.PostAsync("/always/x", Body(3000));

        Assert.Equal("skipped; reason=body", response.One("Gateway-Replay"));
        Assert.Equal(Body(3000), _upstream.Only.BodyText);
        Assert.Equal(0, small.Get<ReplayMemory>().Used);
    }

    [Fact]
    public async Task A_caller_that_disconnects_frees_the_buffered_body()
    {
        var arrived = new TaskCompletionSource();
        _upstream.Answer = async (request, connection) =>
        {
            arrived.TrySetResult();
            await connection.ReadBodyAsync(request);
        };
        using (var caller = await _gateway.ConnectAsync())
        {
            await caller.SendAsync($"POST /always/x HTTP/1.1\r\nHost: gateway\r\nContent-Length: 3000\r\n\r\n{Body(1000)}");
            await arrived.Task.WaitAsync(Eventually.Patience);
            caller.Reset();
        }

        await Eventually.TrueAsync(() => _gateway.Get<ReplayMemory>().Used == 0, "The memory of an aborted upload was not freed.");
    }

    private static string Body(int length) => string.Create(length, 0, static (text, _) =>
    {
        for (var index = 0; index < text.Length; index++)
        {
            text[index] = (char)('a' + (index * 7 % 26));
        }
    });

    private static string Chunked(string body, int size) =>
        string.Concat(body.Chunk(size).Select(chunk => $"{chunk.Length:x}\r\n{new string(chunk)}\r\n")) + "0\r\n\r\n";

    private static Task OnlyNewTokensAsync(RawRequest request, RawConnection connection) =>
        OnlyNewTokensAsync(request, connection, alreadyAnswered: false);

    private static async Task OnlyNewTokensAsync(RawRequest request, RawConnection connection, bool alreadyAnswered)
    {
        if (alreadyAnswered)
        {
            await connection.ReadBodyAsync(request);
            return;
        }

        var head = request.One("Authorization") == "Bearer access-0" ? Refused : "200 OK";
        if (request.Method == "HEAD")
        {
            await connection.SendAsync($"HTTP/1.1 {head}\r\nContent-Length: 7\r\n\r\n");
            return;
        }

        await RawUpstream.Says(head, head == Refused ? "refused" : "welcome")(request, connection);
    }
}
