using Gateway.Testing.Otlp;

using WireMock.RequestBuilders;
using WireMock.ResponseBuilders;
using WireMock.Server;

namespace Gateway.Tests.Observability;

/// <summary>Data that is exported to a collector over both transports, and data that must not be.</summary>
[Collection(nameof(ObservedGateway))]
public sealed class ExportTests : IAsyncLifetime
{
    private readonly WireMockServer _upstream = WireMockServer.Start();
    private OtlpCollector _collector = null!;

    public ExportTests() => _upstream
        .Given(Request.Create()).RespondWith(Response.Create().WithStatusCode(200).WithBody("CANARY-of-the-third-party"));

    public async ValueTask InitializeAsync() => _collector = await OtlpCollector.StartAsync();

    public ValueTask DisposeAsync()
    {
        _upstream.Dispose();
        return _collector.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task All_three_signals_are_exported_to_the_configured_collector(bool grpc)
    {
        await using var gateway = await StartAsync([.. _collector.Settings(grpc), "Logging:LogLevel:Default=Trace"]);
        await PlayAsync(gateway);
        await Eventually.TrueAsync(
            () => _collector.Points.Any(static point => point.Name == "http.client.request.duration"), "No metric arrived.");
        await Eventually.TrueAsync(() => _collector.Logs.Any(static log => log.Category == "Gateway.Audit"), "No log arrived.");

        var server = await _collector.SpanAsync(
            static span => span.Kind == 2 && span.Attributes.GetValueOrDefault("http.route") is "/keys/{**path}");
        Assert.Equal(("GET /keys/{**path}", "", 0), (server.Name, server.ParentId, server.Status));
        Assert.Equal(
            ("GET", "http", 200L),
            (server.Attributes["http.request.method"], server.Attributes["url.scheme"], server.Attributes["http.response.status_code"]));
        var attempt = Assert.Single(_collector.Children(server));
        Assert.Equal(("gateway.attempt", 3, 0), (attempt.Name, attempt.Kind, attempt.Status));
        Assert.Equal(
            ("seen-keys", "keys", "1.1"),
            (attempt.Attributes["provider"], attempt.Attributes["route"], attempt.Attributes["network.protocol.version"]));
        Assert.Equal(
            (new Uri(_upstream.Urls[0]).Host, $"{_upstream.Urls[0]}/REDACTED"),
            (attempt.Attributes["server.address"], attempt.Attributes["url.full"]));

        var point = _collector.Points.Last(static point => point.Name == "http.client.request.duration");
        Assert.Equal(
            ["http.request.method", "http.response.status_code", "network.protocol.version", "provider", "url.scheme"],
            point.Attributes.Keys.Order(StringComparer.Ordinal));
        var audit = _collector.Logs.First(static log => log.Category == "Gateway.Audit");
        Assert.Equal(("Information", 32, 3000L), (audit.Severity, audit.TraceId.Length, audit.Attributes["event.id"]));
        Assert.Contains("seen-keys/default created", audit.Body, StringComparison.Ordinal);
        Assert.Contains(_collector.Spans, span => span.TraceId == audit.TraceId && span.Kind == 2);
    }

    [Fact]
    public async Task A_span_contains_no_data_of_the_caller()
    {
        await using var gateway = await StartAsync([.. _collector.Settings(), "Logging:LogLevel:Default=Trace"]);
        await PlayAsync(gateway);
        await _collector.SpanAsync(static span => span.Attributes.GetValueOrDefault("url.path") is "REDACTED");
        await Eventually.TrueAsync(
            () => _collector.Points.Any(static point => point.Name == "http.server.request.duration"), "No metric arrived.");
        await gateway.StopAsync();
        Assert.DoesNotContain("CANARY", _collector.Raw, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Without_an_endpoint_no_span_is_created_and_no_data_is_sent()
    {
        await using var gateway = await StartAsync(["OTEL_BSP_SCHEDULE_DELAY=50"]);
        await PlayAsync(gateway);
        await gateway.StopAsync();
        Assert.Empty(_collector.Raw);
    }

    [Fact]
    public async Task Each_signal_may_have_its_own_endpoint()
    {
        await using var gateway = await StartAsync(
        [
            $"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT={_collector.HttpUrl}/own/traces", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/protobuf",
            "OTEL_EXPORTER_OTLP_TRACES_HEADERS=x-tenant=t1", "OTEL_TRACES_SAMPLER=always_on", "OTEL_BSP_SCHEDULE_DELAY=50",
            $"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT={_collector.GrpcUrl}", "OTEL_BLRP_SCHEDULE_DELAY=50",
        ]);
        await PlayAsync(gateway);
        await _collector.SpanAsync(static span => span.Kind == 3);
        await Eventually.TrueAsync(() => _collector.Logs.Count > 0, "No log arrived.");
        await gateway.StopAsync();

        Assert.Contains("/own/traces x-tenant=t1", _collector.Headers);
        Assert.Empty(_collector.Points);
    }

    [Fact]
    public async Task A_signal_whose_exporter_is_none_is_not_exported()
    {
        await using var gateway = await StartAsync([.. _collector.Settings(), "OTEL_METRICS_EXPORTER=none", "OTEL_LOGS_EXPORTER=none"]);
        await PlayAsync(gateway);
        await _collector.SpanAsync(static span => span.Kind == 3);
        await gateway.StopAsync();
        Assert.Empty(_collector.Points);
        Assert.Empty(_collector.Logs);
    }

    [Theory]
    [InlineData(503, "503")]
    [InlineData(200, "malformed")]
    public async Task A_failed_token_call_has_its_error_in_the_span(int status, string error)
    {
        _upstream.Given(Request.Create().WithPath("/token")).AtPriority(-1)
            .RespondWith(Response.Create().WithStatusCode(status).WithBody("no token"));
        await using var gateway = await StartAsync(_collector.Settings());
        await gateway.PutAsync("seen-oauth/default", """{"refreshToken":"r","accessToken":"a","expiresIn":0}""");
        using var answer = await gateway.Proxy.GetAsync(new Uri("/oauth/x", UriKind.Relative), TestContext.Current.CancellationToken);
        var call = await _collector.SpanAsync(static span => span.Name == "gateway.refresh.token_call");
        Assert.Equal((2, error), (call.Status, call.Attributes["error.type"]));
    }

    [Fact]
    public async Task A_disconnected_caller_is_no_error_and_has_status_499()
    {
        _upstream.Given(Request.Create().WithPath("/slow")).AtPriority(-1)
            .RespondWith(Response.Create().WithStatusCode(200).WithDelay(TimeSpan.FromSeconds(8)));
        await using var gateway = await StartAsync(_collector.Settings());
        await gateway.PutAsync("seen-keys/default", """{"fields":{"apiKey":"k"}}""");
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var asking = gateway.Proxy.GetAsync(new Uri("/keys/slow", UriKind.Relative), patience.Token);
        await Eventually.TrueAsync(
            async () => MetricsText.Parse(await gateway.ScrapeAsync()).Value("http_client_active_requests{provider=\"seen-keys\"}") == 1);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);

        var server = await _collector.SpanAsync(static span => span.Name == "GET /keys/{**path}");
        Assert.Equal((499L, 0), (server.Attributes["http.response.status_code"], server.Status));
        Assert.Equal(0, Assert.Single(_collector.Children(server)).Status);
    }

    [Fact]
    public async Task The_environment_sets_the_resource_attributes()
    {
        await using var gateway = await StartAsync(
            ["OTEL_SERVICE_NAME=own-name",
                "OTEL_RESOURCE_ATTRIBUTES=service.name=lost,service.version=9.9,service.instance.id=pod-7,"
                    + "deployment.environment.name=prod"]);
        var target = (await gateway.ScrapeAsync()).Split('\n')
            .Single(static line => line.StartsWith("target_info{", StringComparison.Ordinal));
        foreach (var label in new[] { "service_name=\"own-name\"", "service_version=\"9.9\"", "service_instance_id=\"pod-7\"",
                "deployment_environment_name=\"prod\"" })
        {
            Assert.Contains(label, target, StringComparison.Ordinal);
        }
    }

    private Task<ObservedGateway> StartAsync(string[] settings) =>
        ObservedGateway.StartAsync(_upstream.Urls[0], [.. settings.Select(static setting => "--" + setting)]);

    private static async Task PlayAsync(ObservedGateway gateway)
    {
        await gateway.PutAsync("seen-keys/default", """{"fields":{"apiKey":"CANARY-api-key"}}""");
        foreach (var (method, path) in new[] { ("GET", "/keys/CANARY/path?code=CANARY-code"), ("GET", "/CANARY?state=CANARY-state"),
                ("GET", "/keys/a/%2e%2e/CANARY"), ("CANARY", "/keys/a") })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            request.Headers.TryAddWithoutValidation("X-Callers-Own", "CANARY-header");
            request.Headers.TryAddWithoutValidation("User-Agent", "CANARY-agent");
            request.Headers.TryAddWithoutValidation("baggage", "user=CANARY-baggage");
            using var response = await gateway.Proxy.SendAsync(request, TestContext.Current.CancellationToken);
        }
    }
}
