namespace Gateway.Tests.Proxy;

/// <summary>Log lines while a third party is down and callers disconnect.</summary>
public sealed class ForwarderErrorLogTests : IAsyncLifetime
{
    private readonly ManualClock _clock = new();
    private readonly RawUpstream _upstream = RawUpstream.Start();
    private readonly LogCapture _logs = new();
    private GatewayUnderTest _gateway = null!;

    public async ValueTask InitializeAsync() => _gateway = await GatewayUnderTest.StartAsync(new GatewaySetup
    {
        Clock = _clock,
        Configure = builder => builder.Logging.SetMinimumLevel(LogLevel.Debug).AddProvider(_logs),
    }
    .Secret("acme", _upstream.Origin, "token")
    .Route("acme", "/acme/{**path}", _upstream.Origin, "\"Credential\": \"acme\""));

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _upstream.DisposeAsync();
        _logs.Dispose();
    }

    [Fact]
    public async Task Failures_of_one_kind_are_one_log_line_with_a_count_in_ten_seconds()
    {
        _upstream.Answer = static (_, connection) =>
        {
            connection.Reset();
            return Task.CompletedTask;
        };
        for (var request = 0; request < 20; request++)
        {
            Assert.Equal(502, (await _gateway.PostAsync("/acme/x", "body")).Status);
        }

        Assert.Single(Lines(4001));
        _clock.Advance(TimeSpan.FromSeconds(10));
        await _gateway.PostAsync("/acme/x", "body");
        Assert.Equal(2, Lines(4001).Count);
        Assert.Contains("(19 more since the last line)", Lines(4001)[1].Message, StringComparison.Ordinal);
        Assert.All(Lines(4001), static line => Assert.Null(line.Exception));
    }

    [Fact]
    public async Task A_disconnected_caller_is_logged_at_Debug()
    {
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _upstream.Answer = (_, _) =>
        {
            arrived.TrySetResult();
            return new TaskCompletionSource().Task;
        };
        using (var caller = await _gateway.ConnectAsync())
        {
            await caller.SendAsync("GET /acme/x HTTP/1.1\r\nHost: gateway\r\n\r\n");
            await arrived.Task;
            caller.Reset();
        }

        await Eventually.TrueAsync(() => Lines(4002).Count == 1, "No such log line.");
        Assert.DoesNotContain(
            _logs.Entries, static line => line.Level >= LogLevel.Warning && line.Category.StartsWith("Gateway", StringComparison.Ordinal));
    }

    private List<LogCapture.LogLine> Lines(int id) =>
        [.. _logs.Entries.Where(line => line.EventId == id && line.Category.StartsWith("Gateway", StringComparison.Ordinal))];
}
