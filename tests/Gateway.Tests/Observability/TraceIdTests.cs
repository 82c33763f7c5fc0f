using System.Text.Json.Nodes;

using WireMock.RequestBuilders;
using WireMock.ResponseBuilders;
using WireMock.Server;

namespace Gateway.Tests.Observability;

/// <summary>The <c>traceId</c> of a problem is in the related log lines, with and without an exporter.</summary>
[Collection(nameof(ObservedGateway))]
public sealed class TraceIdTests : IDisposable
{
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";
    private const int NotRefreshed = 2021;
    private const int NotSent = 4001;
    private const int Created = 3000;
    private const int NoKey = 3010;

    private readonly WireMockServer _upstream = WireMockServer.Start();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_log_of_an_unreachable_third_party_has_the_trace_of_the_problem(bool exports)
    {
        await using var gateway = await ObservedGateway.StartAsync("http://127.0.0.1:9", SettingsOf(exports));
        await gateway.PutAsync("seen-keys/default", """{"fields":{"apiKey":"k"}}""");
        var trace = await ProblemAsync(gateway.Proxy, "/keys/x", "upstream_unreachable");
        Assert.Contains($"TraceId:{trace}", LineOf(gateway, NotSent), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_log_of_a_failed_refresh_has_the_trace_of_its_request(bool exports)
    {
        _upstream.Given(Request.Create().WithPath("/token")).RespondWith(Response.Create().WithStatusCode(503));
        await using var gateway = await ObservedGateway.StartAsync(_upstream.Urls[0], SettingsOf(exports));
        await gateway.PutAsync("seen-oauth/default", """{"refreshToken":"r","accessToken":"a","expiresIn":0}""");
        var trace = await ProblemAsync(gateway.Proxy, "/oauth/x", "credential_unavailable");
        Assert.Contains($"TraceId:{trace}", LineOf(gateway, NotRefreshed), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_log_of_a_401_without_recovery_has_the_trace_of_the_caller(bool exports)
    {
        _upstream.Given(Request.Create().WithPath("/token")).RespondWith(Response.Create().WithStatusCode(503));
        _upstream.Given(Request.Create().WithPath("/x")).RespondWith(Response.Create().WithStatusCode(401));
        await using var gateway = await ObservedGateway.StartAsync(_upstream.Urls[0], SettingsOf(exports));
        await gateway.PutAsync("seen-oauth/default", """{"refreshToken":"r","accessToken":"a","expiresIn":600}""");
        gateway.Proxy.DefaultRequestHeaders.Add("traceparent", $"00-{Trace}-b7ad6b7169203331-00");
        using var answer = await gateway.Proxy.GetAsync(new Uri("/oauth/x", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal("skipped; reason=refresh-failed", string.Concat(answer.Headers.GetValues("Gateway-Replay")));
        Assert.Contains($"TraceId:{Trace}", LineOf(gateway, NotRefreshed), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_log_of_an_admin_call_has_its_trace(bool exports)
    {
        await using var gateway = await ObservedGateway.StartAsync(_upstream.Urls[0], SettingsOf(exports));
        gateway.Admin.DefaultRequestHeaders.Add("traceparent", $"00-{Trace}-b7ad6b7169203331-00");
        await gateway.PutAsync("seen-keys/default", """{"fields":{"apiKey":"k"}}""");
        Assert.Contains($"TraceId:{Trace}", LineOf(gateway, Created), StringComparison.Ordinal);

        gateway.Admin.DefaultRequestHeaders.Clear();
        var trace = await ProblemAsync(gateway.Admin, "/connections", "unauthorized");
        Assert.NotEqual(Trace, trace);
        Assert.Contains($"TraceId:{trace}", LineOf(gateway, NoKey), StringComparison.Ordinal);
    }

    public void Dispose() => _upstream.Dispose();

    private static async Task<string> ProblemAsync(HttpClient client, string path, string code)
    {
        using var answer = await client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        Assert.Equal(code, (string)problem["code"]!);
        return (string)problem["traceId"]!;
    }

    // Traces are exported, but this request is not sampled.
    private static string[] SettingsOf(bool exports) =>
        exports ? ["--OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:9", "--OTEL_TRACES_SAMPLER=parentbased_always_off"] : [];

    private static string LineOf(ObservedGateway gateway, int line) =>
        Assert.Single(gateway.Logs.Entries, entry => entry.EventId == line).Details;
}
