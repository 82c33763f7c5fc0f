using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

using Gateway.Observability;
using Gateway.Tests.Tokens;

namespace Gateway.Tests.Proxy;

public sealed class AttemptTelemetryTests : IAsyncLifetime
{
    private readonly RawUpstream _upstream = RawUpstream.Start();
    private readonly LogCapture _log = new();
    private TokenServer _tokens = null!;
    private GatewayUnderTest _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _tokens = await TokenServer.StartAsync();
        _gateway = await GatewayUnderTest.StartAsync(new GatewaySetup
        {
            Configure = builder =>
            {
                builder.Logging.SetMinimumLevel(LogLevel.Trace);
                builder.Logging.AddProvider(_log);
            },
        }
        .OAuth("acme", _upstream.Origin, _tokens.Url)
        .Secret("query", _upstream.Origin, "query-canary", query: "apiKey")
        .Route("acme", "/acme/{**path}", _upstream.Origin, "\"Credential\": \"acme\"")
        .Route("query", "/query/{**path}", _upstream.Origin, "\"Credential\": \"query\""));
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _upstream.DisposeAsync();
        await _tokens.DisposeAsync();
    }

    [Fact]
    public async Task A_healed_401_has_two_attempt_spans_in_one_trace()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = Listen(spans);
        _upstream.Answer = OnlyNewTokens;
        using var root = new Activity("root").SetIdFormat(ActivityIdFormat.W3C).Start();
        root.Stop();

        await _gateway.GetAsync("/acme/secret-path?secret=query", $"traceparent: 00-{root.TraceId}-{root.SpanId}-01\r\n");

        var attempts = spans.Where(span => span.OperationName == GatewayActivities.Attempt && span.TraceId == root.TraceId).ToArray();
        Assert.Equal([401, 200], attempts.Select(span => span.GetTagItem("http.response.status_code")));
        Assert.Equal([null, 1], attempts.Select(span => span.GetTagItem("http.request.resend_count")));
        Assert.All(attempts, span =>
        {
            Assert.Equal(ActivityKind.Client, span.Kind);
            Assert.Equal("GET", span.GetTagItem("http.request.method"));
            Assert.Equal("127.0.0.1", span.GetTagItem("server.address"));
            Assert.Equal(_upstream.Port, span.GetTagItem("server.port"));
            Assert.DoesNotContain(span.TagObjects, tag => tag.Value?.ToString()?.Contains("secret", StringComparison.Ordinal) == true);
        });
        Assert.All(_upstream.Requests, request => Assert.False(request.Has("traceparent")));
    }

    [Fact]
    public async Task A_failed_attempt_is_an_error_span()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = Listen(spans);
        _upstream.Answer = static async (request, connection) =>
        {
            // FIN, not RST: the error that the stack reports for a reset depends on its timing.
            await connection.ReadBodyAsync(request);
            connection.Dispose();
        };
        using var root = new Activity("root").SetIdFormat(ActivityIdFormat.W3C).Start();
        root.Stop();

        await _gateway.PostAsync("/acme/x", "body", $"traceparent: 00-{root.TraceId}-{root.SpanId}-01\r\n");

        var attempt = Assert.Single(spans, span => span.OperationName == GatewayActivities.Attempt && span.TraceId == root.TraceId);
        Assert.Equal(ActivityStatusCode.Error, attempt.Status);
        Assert.Equal("response_ended", attempt.GetTagItem("error.type"));
    }

    [Fact]
    public async Task The_outcome_of_each_401_and_of_each_refusal_is_counted()
    {
        var seen = new ConcurrentQueue<string>();
        using var meters = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == GatewayMetrics.MeterName && ReferenceEquals(instrument.Meter.Scope, _gateway.Get<IMeterFactory>()))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        }
        };
        meters.SetMeasurementEventCallback<long>(
            (instrument, _, tags, _) =>
                seen.Enqueue($"{instrument.Name} {string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"))}"));
        meters.Start();
        _upstream.Answer = OnlyNewTokens;

        await _gateway.GetAsync("/acme/x");
        await _gateway.GetAsync("/nowhere");
        await _gateway.GetAsync("/acme/../x");
        await _gateway.GetAsync("/acme/x", "Gateway-Connection: none\r\n");

        Assert.Contains("gateway.upstream.unauthorized provider=acme action=replayed", seen);
        Assert.Contains("gateway.errors provider= code=route_not_found", seen);
        Assert.Contains("gateway.errors provider= code=bad_request", seen);
        Assert.Contains("gateway.errors provider=acme code=connection_not_found", seen);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(401)]
    [InlineData(0)]
    public async Task No_log_line_at_any_level_contains_an_injected_secret(int status)
    {
        _upstream.Answer = async (request, connection) =>
        {
            if (status == 0)
            {
                connection.Reset();
                return;
            }

            await RawUpstream.Says($"{status} Whatever\r\nX-Echo: {request.Target} {request.One("Authorization")}", request.Head)(
                request, connection);
        };

        await _gateway.GetAsync("/query/x?a=1");
        await _gateway.PostAsync("/query/x", "body");
        await _gateway.GetAsync("/acme/x");

        Assert.Contains(_upstream.Requests, request => request.Target.Contains("apiKey=query-canary", StringComparison.Ordinal));
        Assert.NotEmpty(_log.Entries);
        Assert.DoesNotContain(
            _log.Lines, line => line.Contains("canary", StringComparison.Ordinal) || line.Contains("access-0", StringComparison.Ordinal));
    }

    private static Task OnlyNewTokens(RawRequest request, RawConnection connection) =>
        RawUpstream.Says(request.One("Authorization") == "Bearer access-0" ? "401 Unauthorized" : "200 OK")(request, connection);

    private static ActivityListener Listen(ConcurrentQueue<Activity> spans)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name is GatewayActivities.SourceName or "Microsoft.AspNetCore",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}
