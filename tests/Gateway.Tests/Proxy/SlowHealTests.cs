using Gateway.Model;
using Gateway.Tests.Tokens;

namespace Gateway.Tests.Proxy;

/// <summary>A 401 whose refresh is slow, with the ActivityTimeout of the route.</summary>
public sealed class SlowHealTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = Eventually.Patience;
    private static readonly ConnectionId Acme = new("acme", "default");

    private readonly ManualClock _clock = new();
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly RawUpstream _upstream = RawUpstream.Start();
    private TokenServer _tokens = null!;

    public async ValueTask InitializeAsync()
    {
        _upstream.Answer = (request, connection) => RawUpstream.Says(
            request.One("Authorization") == "Bearer access-0" ? "401 Unauthorized\r\nX-Upstream: first" : "200 OK", "text")(
                request, connection);
        _tokens = await TokenServer.StartAsync();
        _tokens.Answer = async (context, form) =>
        {
            _asked.TrySetResult();
            await _go.Task;
            await _tokens.RotateAsync(context, form);
        };
    }

    public async ValueTask DisposeAsync()
    {
        _go.TrySetResult();
        await _upstream.DisposeAsync();
        await _tokens.DisposeAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("a body")]
    public async Task A_refresh_longer_than_the_ActivityTimeout_lets_the_401_pass_in_time_and_is_stored(string body)
    {
        await using var gateway = await StartAsync(TimeProvider.System, "00:00:04");

        var response = body.Length == 0 ? await gateway.GetAsync("/acme/x") : await gateway.PostAsync("/acme/x", body);

        Assert.Equal((401, "first", "text"), (response.Status, response.One("X-Upstream"), response.Text));
        Assert.Equal("skipped; reason=refresh-failed", response.One("Gateway-Replay"));
        Assert.Null(response.One("Gateway-Error"));

        _go.SetResult();
        await Eventually.TrueAsync(
            async () => (await gateway.Store.ReadAsync(Acme, CancellationToken.None))!.Generation == 2, Patience,
            () => "The renewal was lost.");
        Assert.Equal(200, (await gateway.GetAsync("/acme/x")).Status);
        Assert.Equal(1, _tokens.Calls);
    }

    [Fact]
    public async Task Half_of_the_remaining_time_is_reserved_for_the_replay()
    {
        await using var gateway = await StartAsync(_clock, "00:00:10");
        var answer = gateway.GetAsync("/acme/x");
        await _asked.Task.WaitAsync(Patience);

        _clock.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(answer.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(0.1));

        Assert.Equal("skipped; reason=refresh-failed", (await answer).One("Gateway-Replay"));
    }

    [Fact]
    public async Task A_refresh_within_half_of_the_time_is_followed_by_a_replay()
    {
        await using var gateway = await StartAsync(_clock, "00:00:20");
        var answer = gateway.GetAsync("/acme/x");
        await _asked.Task.WaitAsync(Patience);

        _clock.Advance(TimeSpan.FromSeconds(9));
        _go.SetResult();

        Assert.Equal((200, "replayed"), ((await answer).Status, (await answer).One("Gateway-Replay")));
    }

    [Fact]
    public async Task After_a_401_that_used_all_the_time_the_refresh_runs_in_the_background()
    {
        await using var gateway = await StartAsync(_clock, "00:01:00");
        _upstream.Answer = (request, connection) =>
        {
            _clock.Advance(TimeSpan.FromSeconds(61));
            return RawUpstream.Says("401 Unauthorized", "no")(request, connection);
        };

        Assert.Equal("skipped; reason=refresh-failed", (await gateway.GetAsync("/acme/x")).One("Gateway-Replay"));
        await _asked.Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task An_upload_longer_than_the_ActivityTimeout_is_healed_because_its_bytes_restart_YARPs_timeout()
    {
        await using var gateway = await StartAsync(_clock, "00:01:00");
        var head = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _upstream.Answer = async (request, connection) =>
        {
            head.TrySetResult();
            await RawUpstream.Says(request.One("Authorization") == "Bearer access-0" ? "401 Unauthorized" : "200 OK")(request, connection);
        };
        using var caller = await gateway.ConnectAsync();
        await caller.SendAsync("POST /acme/x HTTP/1.1\r\nHost: gateway\r\nContent-Length: 4\r\n\r\nab");
        await head.Task.WaitAsync(Patience);
        _clock.Advance(TimeSpan.FromMinutes(10));
        await caller.SendAsync("cd");
        await _asked.Task.WaitAsync(Patience);
        _go.SetResult();

        Assert.Equal("replayed", (await caller.ReadResponseAsync()).One("Gateway-Replay"));
        Assert.Equal(["abcd", "abcd"], _upstream.Requests.Select(request => request.BodyText));
    }

    private Task<GatewayUnderTest> StartAsync(TimeProvider clock, string activityTimeout) => GatewayUnderTest.StartAsync(
        new GatewaySetup { Clock = clock }
            .OAuth("acme", _upstream.Origin, _tokens.Url)
            .Route("acme", "/acme/{**path}", _upstream.Origin, "\"Credential\": \"acme\"")
            .With("Clusters", "acme", "HttpRequest", $$"""{ "ActivityTimeout": "{{activityTimeout}}" }"""));
}
