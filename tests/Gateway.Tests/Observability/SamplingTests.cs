using System.Diagnostics;

using Gateway.Testing.Otlp;

using WireMock.RequestBuilders;
using WireMock.ResponseBuilders;
using WireMock.Server;

namespace Gateway.Tests.Observability;

/// <summary>Sampling: the caller's decision, otherwise the configuration, by default one in a hundred.</summary>
[Collection(nameof(ObservedGateway))]
public sealed class SamplingTests : IAsyncLifetime
{
    private readonly WireMockServer _upstream = WireMockServer.Start();
    private OtlpCollector _collector = null!;

    public SamplingTests()
    {
        _upstream.Given(Request.Create()).RespondWith(Response.Create().WithStatusCode(200));
        _upstream.Given(Request.Create().WithPath("/token")).AtPriority(-1).RespondWith(
            Response.Create().WithStatusCode(200).WithBodyAsJson(new { access_token = "a", token_type = "Bearer", expires_in = 3600 }));
    }

    public async ValueTask InitializeAsync() => _collector = await OtlpCollector.StartAsync();

    public ValueTask DisposeAsync()
    {
        _upstream.Dispose();
        return _collector.DisposeAsync();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("parentbased_always_off")]
    public async Task The_sampling_decision_of_the_caller_is_followed(string? sampler)
    {
        await using var gateway = await StartAsync(sampler);
        await gateway.PutAsync("seen-keys/default", """{"fields":{"apiKey":"k"}}""");
        var (wanted, unwanted) = (ActivityTraceId.CreateRandom().ToHexString(), ActivityTraceId.CreateRandom().ToHexString());
        for (var request = 0; request < 50; request++)
        {
            await GetAsync(gateway, "/keys/x", $"00-{unwanted}-b7ad6b7169203331-00");
        }

        await GetAsync(gateway, "/keys/x", $"00-{wanted}-b7ad6b7169203331-01");
        var server = await _collector.SpanAsync(span => span.TraceId == wanted && span.Kind == 2);
        await gateway.StopAsync();

        Assert.Equal("b7ad6b7169203331", server.ParentId);
        Assert.Single(_collector.Children(server));
        Assert.DoesNotContain(_collector.Spans, span => span.TraceId == unwanted);
        Assert.All(_upstream.LogEntries, static entry => Assert.False(entry.RequestMessage!.Headers!.ContainsKey("traceparent")));
    }

    [Fact]
    public async Task Other_listeners_ignore_the_sampling_decision_of_the_caller_and_probes_are_not_traced()
    {
        await using var gateway = await StartAsync("parentbased_always_on");
        var trace = ActivityTraceId.CreateRandom().ToHexString();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/providers");
        request.Headers.TryAddWithoutValidation("traceparent", $"00-{trace}-b7ad6b7169203331-01");
        using var response = await gateway.Admin.SendAsync(request, TestContext.Current.CancellationToken);
        await gateway.Admin.GetStringAsync(new Uri("/health/live", UriKind.Relative), TestContext.Current.CancellationToken);
        await gateway.ScrapeAsync();
        await gateway.Admin.GetStringAsync(new Uri("/providers", UriKind.Relative), TestContext.Current.CancellationToken);
        await _collector.SpanAsync(static span => span.Name == "GET /providers");
        await gateway.StopAsync();
        Assert.DoesNotContain(_collector.Spans, span => span.TraceId == trace);

        // Other servers in this process also create spans, which keep their default name.
        Assert.All(
            _collector.Spans.Where(static span => !span.Name.StartsWith("Microsoft.", StringComparison.Ordinal)),
            static span => Assert.Equal("GET /providers", span.Name));
    }

    [Fact]
    public async Task A_refresh_of_an_unsampled_request_leaves_no_spans()
    {
        await using var gateway = await StartAsync("always_off");
        await gateway.PutAsync("seen-oauth/default", """{"refreshToken":"r","accessToken":"a","expiresIn":0}""");
        await GetAsync(gateway, "/oauth/x", null);
        await gateway.StopAsync();
        Assert.Empty(_collector.Spans);
    }

    private Task<ObservedGateway> StartAsync(string? sampler) => ObservedGateway.StartAsync(
        _upstream.Urls[0],
        [.. _collector.Settings().Where(static setting => !setting.Contains("SAMPLER", StringComparison.Ordinal))
            .Select(static setting => "--" + setting), .. sampler is null ? [] : new[] { $"--OTEL_TRACES_SAMPLER={sampler}" }]);

    private static async Task GetAsync(ObservedGateway gateway, string path, string? traceparent)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("traceparent", traceparent);
        using var response = await gateway.Proxy.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(200, (int)response.StatusCode);
    }
}
