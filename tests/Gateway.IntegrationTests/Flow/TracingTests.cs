using System.Diagnostics;
using System.Net;

using Gateway.Demo.Providers;
using Gateway.Testing.Otlp;

namespace Gateway.IntegrationTests.Flow;

/// <summary>Traces of a refresh in two gateway processes on one real Redis.</summary>
public sealed class TracingTests : IAsyncLifetime
{
    private RedisServer _redis = null!;
    private BokioFlow _flow = null!;
    private OtlpCollector _collector = null!;

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        _flow = await BokioFlow.StartAsync();
        _collector = await OtlpCollector.StartAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_replayed_request_has_the_spans_attempt_refresh_attempt(bool grpc)
    {
        await using var gateway = await StartAsync(grpc);
        await _flow.ConnectAsync(gateway, expiresIn: 3600);
        _flow.Bokio.Authorization.ExpireAccessTokens();
        var trace = await GetAsync(gateway);
        var server = await ServerAsync(trace);
        await Eventually.TrueAsync(() => _collector.Children(server).Count == 3, "The trace is incomplete.");

        var parts = _collector.Children(server);
        Assert.Equal(
            ["gateway.attempt", "gateway.attempt", "gateway.refresh"],
            parts.Select(static span => span.Name).Order(StringComparer.Ordinal));
        var attempts = parts.Where(static span => span.Name == "gateway.attempt")
            .OrderBy(static span => span.Attributes.ContainsKey("http.request.resend_count")).ToList();
        Assert.Equal([401L, 200L], attempts.Select(static span => span.Attributes["http.response.status_code"]));
        Assert.Equal(["401", null], attempts.Select(static span => span.Attributes.GetValueOrDefault("error.type")));
        Assert.Equal([null, 1L], attempts.Select(static span => span.Attributes.GetValueOrDefault("http.request.resend_count")));
        var refresh = parts.Single(static span => span.Name == "gateway.refresh");
        Assert.Equal(
            [("gateway.refresh.lease", 1), ("gateway.refresh.store_write", 1), ("gateway.refresh.token_call", 3)],
            _collector.Children(refresh).Select(static span => (span.Name, span.Kind)).Order());
        Assert.Empty(server.Links);
        var call = _collector.Children(refresh).Single(static span => span.Kind == 3);
        Assert.Equal(("127.0.0.1", 200L), (call.Attributes["server.address"], call.Attributes["http.response.status_code"]));

        // The log line on the console has the trace id.
        await Eventually.TrueAsync(() => gateway.Output.Contains("\"EventId\":2020", StringComparison.Ordinal), "No such log line.");
        var line = gateway.Output.Split('\n').Last(static line => line.Contains("\"EventId\":2020", StringComparison.Ordinal));
        Assert.Contains($"\"TraceId\":\"{trace}\"", line, StringComparison.Ordinal);
        Assert.Contains($"\"SpanId\":\"{refresh.SpanId}\"", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waiting_requests_on_both_instances_link_to_the_one_refresh()
    {
        await using var first = await StartAsync();
        await using var second = await StartAsync();
        await _flow.ConnectAsync(first, expiresIn: 3600);
        Assert.All(await _flow.GetAsync([first, second], 2), static status => Assert.Equal(HttpStatusCode.OK, status));
        _flow.Bokio.Authorization.ExpireAccessTokens();
        var gate = new Gate();
        _flow.Bokio.Api.Faults.Add("/v1/token", Fault.HoldBefore(gate));

        var starter = GetAsync(first);
        await gate.ArrivalsAsync();
        Task<string>[] waiters = [GetAsync(first), GetAsync(second), GetAsync(second)];
        await Eventually.TrueAsync(
            () => _collector.Spans.Count(static span => span.Attributes.GetValueOrDefault("error.type") is "401") == 4,
            "Not all were refused.");
        gate.Open();

        var refresh =
            await _collector.SpanAsync(span => span.Name == "gateway.refresh" && span.Attributes.GetValueOrDefault("outcome") is "success");
        var starting = await ServerAsync(await starter);
        Assert.Equal((starting.TraceId, starting.SpanId), (refresh.TraceId, refresh.ParentId));
        foreach (var waiter in waiters)
        {
            var server = await ServerAsync(await waiter);
            Assert.Equal([refresh.Context], server.Links);
        }

        var part = await _collector.SpanAsync(
            static span => span.Name == "gateway.refresh" && span.Attributes.GetValueOrDefault("outcome") is "adopted");
        Assert.NotEqual(refresh.Service, part.Service);
        Assert.Equal([refresh.Context], part.Links);
        Assert.Equal(1, _flow.Refreshes);
    }

    [Fact]
    public async Task A_background_refresh_is_a_trace_of_its_own_at_every_sampling_ratio()
    {
        var settings = _collector.Settings().Where(static setting => !setting.StartsWith("OTEL_TRACES_SAMPLER", StringComparison.Ordinal));
        await using var gateway = await GatewayProcess.StartAsync(
            _flow.Configuration, [$"Store:Redis={_redis.Configuration}", "Providers:bokio:RefreshBeforeExpiry=00:05:00", .. settings]);
        await _flow.ConnectAsync(gateway, expiresIn: 3);

        var refresh = await _collector.SpanAsync(static span => span.Name == "gateway.refresh");
        Assert.Equal(("", "expiry", "success"), (refresh.ParentId, refresh.Attributes["trigger"], refresh.Attributes["outcome"]));
        await Eventually.TrueAsync(() => _collector.Children(refresh).Count == 3, "The trace is incomplete.");
    }

    public async ValueTask DisposeAsync()
    {
        await _collector.DisposeAsync();
        await _flow.DisposeAsync();
        await _redis.DisposeAsync();
    }

    private Task<GatewayProcess> StartAsync(bool grpc = false) =>
        GatewayProcess.StartAsync(_flow.Configuration, [$"Store:Redis={_redis.Configuration}", .. _collector.Settings(grpc)]);

    private Task<OtlpSpan> ServerAsync(string trace) => _collector.SpanAsync(span => span.TraceId == trace && span.Kind == 2);

    // The caller's own trace, which tells its spans from all others.
    private async Task<string> GetAsync(GatewayProcess gateway)
    {
        var trace = ActivityTraceId.CreateRandom().ToHexString();
        using var request = new HttpRequestMessage(HttpMethod.Get, _flow.InvoicesPath);
        request.Headers.TryAddWithoutValidation("traceparent", $"00-{trace}-b7ad6b7169203331-01");
        using var answer = await gateway.Proxy.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return trace;
    }
}
