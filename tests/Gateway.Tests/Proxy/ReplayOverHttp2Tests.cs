using System.Text;

using Gateway.Proxy.Replay;
using Gateway.Tests.Tokens;

using Eventually = Gateway.Testing.Eventually;

namespace Gateway.Tests.Proxy;

/// <summary>The 401 rule over HTTP/2, where the answer may arrive while the body is being sent.</summary>
public sealed class ReplayOverHttp2Tests : IAsyncLifetime
{
    private const int Limit = 100_000;

    private Http2Upstream _upstream = null!;
    private TokenServer _tokens = null!;
    private GatewayUnderTest _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _upstream = await Http2Upstream.StartAsync();
        _tokens = await TokenServer.StartAsync();
        _gateway = await GatewayUnderTest.StartAsync(new GatewaySetup()
            .OAuth("acme", _upstream.Origin, _tokens.Url)
            .Route("acme", "/acme/{**path}", _upstream.Origin, $"\"Credential\": \"acme\", \"ReplayBodyLimit\": \"{Limit}\"")
            .With("Clusters", "acme", "HttpRequest", """{ "Version": "2", "VersionPolicy": "RequestVersionExact" }"""));
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _upstream.DisposeAsync();
        await _tokens.DisposeAsync();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    [InlineData(Limit)]
    public async Task A_refused_request_is_sent_again_in_full(int length)
    {
        var body = Body(length);
        _upstream.Answer = EchoOrRefuseAfterReadingAsync;

        var response = await _gateway.PostAsync("/acme/x", body);

        Assert.Equal(200, response.Status);
        Assert.Equal("replayed", response.One("Gateway-Replay"));
        Assert.Equal(body, response.Text);
        Assert.Equal(["Bearer access-0", "Bearer access-1"], _upstream.Attempts);
        Assert.Equal(0, _gateway.Get<ReplayMemory>().Used);
    }

    [Fact]
    public async Task A_401_during_a_stalled_body_replays_the_sent_part_and_continues_with_the_rest()
    {
        var body = Body(60_000);
        var secondAttempt = new TaskCompletionSource();
        _upstream.Answer = async context =>
        {
            if (IsOld(context))
            {
                await context.Request.Body.ReadExactlyAsync(new byte[10_000]);
                context.Response.StatusCode = 401;
                return;
            }

            var first = new byte[10_000];
            await context.Request.Body.ReadExactlyAsync(first);
            secondAttempt.TrySetResult();
            await context.Response.Body.WriteAsync(first);
            await context.Request.Body.CopyToAsync(context.Response.Body);
        };
        using var caller = await _gateway.ConnectAsync();
        await caller.SendAsync($"POST /acme/x HTTP/1.1\r\nHost: gateway\r\nContent-Length: 60000\r\n\r\n{body[..20_000]}");

        await secondAttempt.Task.WaitAsync(Eventually.Patience);
        await caller.SendAsync(body[20_000..]);
        var response = await caller.ReadResponseAsync();

        Assert.Equal(200, response.Status);
        Assert.Equal("replayed", response.One("Gateway-Replay"));
        Assert.Equal(body, response.Text);
        Assert.Equal(0, _gateway.Get<ReplayMemory>().Used);
    }

    [Fact]
    public async Task An_immediate_401_is_healed_for_a_body_over_the_limit_that_was_not_sent_yet()
    {
        var body = Body(3 * Limit);
        _upstream.Answer = async context =>
        {
            if (IsOld(context))
            {
                context.Response.StatusCode = 401;
                return;
            }

            await context.Request.Body.CopyToAsync(context.Response.Body);
        };
        using var caller = await _gateway.ConnectAsync();
        await caller.SendAsync($"POST /acme/x HTTP/1.1\r\nHost: gateway\r\nTransfer-Encoding: chunked\r\n\r\n{Chunk(body[..100])}");
        await Eventually.TrueAsync(() => _upstream.Attempts.Count == 2, "The request was not sent again.");
        await caller.SendAsync($"{Chunk(body[100..])}0\r\n\r\n");

        var response = await caller.ReadResponseAsync();

        Assert.True(response.Status == 200, response.Head + response.Text);
        Assert.Equal(body, response.Text);
        Assert.Equal(0, _gateway.Get<ReplayMemory>().Used);
    }

    [Fact]
    public async Task With_a_body_over_the_limit_the_401_passes_and_the_token_is_refreshed()
    {
        _upstream.Answer = EchoOrRefuseAfterReadingAsync;

        var response = await _gateway.PostAsync("/acme/x", Body(Limit + 1));

        Assert.Equal(401, response.Status);
        Assert.Equal("skipped; reason=body", response.One("Gateway-Replay"));
        Assert.Equal(200, (await _gateway.PostAsync("/acme/x", Body(Limit + 1))).Status);
        Assert.Equal(1, _tokens.Calls);
    }

    [Fact]
    public async Task After_a_failed_refresh_the_upload_completes_and_the_401_passes()
    {
        _tokens.Say(503, "later");
        _upstream.Answer = async context =>
        {
            await context.Request.Body.ReadExactlyAsync(new byte[100]);
            context.Response.StatusCode = 401;
            await context.Response.Body.FlushAsync();
            await context.Request.Body.CopyToAsync(context.Response.Body);
        };
        using var caller = await _gateway.ConnectAsync();
        await caller.SendAsync($"POST /acme/x HTTP/1.1\r\nHost: gateway\r\nContent-Length: 20000\r\n\r\n{Body(10_000)}");
        await Eventually.TrueAsync(() => _tokens.Calls > 0, "No refresh was attempted.");
        await caller.SendAsync(Body(10_000));

        var response = await caller.ReadResponseAsync();

        Assert.Equal(401, response.Status);
        Assert.Equal("skipped; reason=refresh-failed", response.One("Gateway-Replay"));
        Assert.Equal(20_000 - 100, response.Body.Length);
    }

    [Fact]
    public async Task An_answer_other_than_401_releases_the_buffered_body_at_once()
    {
        var go = new TaskCompletionSource();
        _upstream.Answer = async context =>
        {
            await context.Response.Body.FlushAsync();
            await go.Task;
            await context.Request.Body.CopyToAsync(context.Response.Body);
        };
        using var caller = await _gateway.ConnectAsync();
        await caller.SendAsync($"POST /acme/x HTTP/1.1\r\nHost: gateway\r\nContent-Length: 20000\r\n\r\n{Body(10_000)}");

        await Eventually.TrueAsync(
            () => !_upstream.Attempts.IsEmpty && _gateway.Get<ReplayMemory>().Used == 0, "The buffered bytes were not freed.");
        await caller.SendAsync(Body(10_000));
        go.SetResult();

        Assert.Equal(20_000, (await caller.ReadResponseAsync()).Body.Length);
    }

    private static bool IsOld(HttpContext context) => context.Request.Headers.Authorization == "Bearer access-0";

    private static async Task EchoOrRefuseAfterReadingAsync(HttpContext context)
    {
        var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        if (IsOld(context))
        {
            context.Response.StatusCode = 401;
            return;
        }

        await context.Response.Body.WriteAsync(body.ToArray());
    }

    private static string Body(int length) => string.Create(length, 0, static (text, _) =>
    {
        for (var index = 0; index < text.Length; index++)
        {
            text[index] = (char)('a' + (index * 11 % 26));
        }
    });

    private static string Chunk(string text) => $"{Encoding.Latin1.GetByteCount(text):x}\r\n{text}\r\n";
}
