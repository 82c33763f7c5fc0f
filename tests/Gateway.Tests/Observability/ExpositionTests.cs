using System.Globalization;

using Gateway.Observability;

using WireMock.RequestBuilders;
using WireMock.ResponseBuilders;
using WireMock.Server;

namespace Gateway.Tests.Observability;

[Collection(nameof(ObservedGateway))]
public sealed class ExpositionTests : IDisposable
{
    private static readonly string[] Prefixes =
        ["http_server_", "http_client_request_duration_", "http_client_active_", "gateway_", "kestrel_", "aspnetcore_"];

    private const int HostileBurst = 50;

    private readonly WireMockServer _upstream = WireMockServer.Start();

    [Fact]
    public async Task Every_series_of_a_provider_is_zero_at_the_start()
    {
        await using var gateway = await ObservedGateway.StartAsync(_upstream.Urls[0], []);
        var text = await AnnouncedAsync(gateway);
        foreach (var provider in new[] { "seen-keys", "seen-oauth" })
        {
            foreach (var source in new[] { "memory", "store", "refresh", "failed" })
            {
                Assert.Equal(0, Value(text, $"gateway_credentials_total{{provider=\"{provider}\",source=\"{source}\"}}"));
            }

            foreach (var outcome in new[] { "success", "adopted", "permanent", "transient", "configuration" })
            {
                foreach (var trigger in new[] { "expiry", "rejected", "manual" })
                {
                    Assert.Equal(
                        0,
                        Value(text,
                            $"gateway_token_refreshes_total{{outcome=\"{outcome}\",provider=\"{provider}\",trigger=\"{trigger}\"}}"));
                }
            }

            foreach (var action in new[] { "replayed", "method", "body", "refresh-failed", "fresh-token", "static", "disabled" })
            {
                Assert.Equal(0, Value(text, $"gateway_upstream_unauthorized_total{{action=\"{action}\",provider=\"{provider}\"}}"));
            }

            Assert.Equal(0, Value(text, $"gateway_errors_total{{code=\"credential_unavailable\",provider=\"{provider}\"}}"));
        }

        foreach (var code in new[] { "bad_request", "method_not_allowed", "upstream_unreachable", "upstream_timeout" })
        {
            Assert.NotNull(Value(text, $"gateway_errors_total{{code=\"{code}\",provider=\"\"}}"));
        }

        Assert.Equal(0, Value(text, "gateway_provider_misconfigured{provider=\"seen-oauth\"}"));
        Assert.Null(Value(text, "gateway_provider_misconfigured{provider=\"seen-keys\"}"));

        foreach (var operation in StoreOperations.All)
        {
            Assert.All(
                StoreOperations.Outcomes,
                outcome =>
                    Assert.NotNull(Value(text, $"gateway_store_operations_total{{operation=\"{operation}\",outcome=\"{outcome}\"}}")));
        }

        Assert.Equal(1, Value(text, $"gateway_build_info{{dotnet_version=\"{Environment.Version}\",version=\"1.0.0\"}}"));
        Assert.Equal(0, Value(text, "http_client_active_requests{provider=\"seen-keys\"}"));
        Assert.Equal(0, Value(text, "gateway_unsaved_grants"));
        Assert.Equal(0, Value(text, "gateway_config_reloads_total{outcome=\"refused\"}"));
        Assert.Equal(0, Value(text, "gateway_config_refused"));
        Assert.NotNull(Value(text, "gateway_config_reloads_total{outcome=\"applied\"}"));
    }

    [Fact]
    public async Task Events_are_counted_under_the_names_of_the_contract()
    {
        _upstream.Given(Request.Create().WithPath("/ok")).RespondWith(Response.Create().WithStatusCode(200));
        _upstream.Given(Request.Create().WithPath("/denied")).RespondWith(Response.Create().WithStatusCode(401));
        _upstream.Given(Request.Create().WithPath("/token")).RespondWith(Response.Create().WithStatusCode(503));
        await using var gateway = await ObservedGateway.StartAsync(_upstream.Urls[0], []);
        await gateway.PutAsync("seen-keys/default", """{"fields":{"apiKey":"k"}}""");
        await gateway.PutAsync("seen-oauth/default", """{"refreshToken":"r","accessToken":"a","expiresIn":600}""");
        await GetAsync(gateway, "/keys/ok");
        await GetAsync(gateway, "/keys/denied");
        await GetAsync(gateway, "/oauth/denied");
        await GetAsync(gateway, "/nowhere");

        var text = "";
        await Eventually.TrueAsync(
            async () => Value(text = await gateway.ScrapeAsync(), "gateway_connections{provider=\"seen-keys\",status=\"ready\"}") == 1,
            () => text);
        Assert.Equal(1, Value(text, "gateway_upstream_unauthorized_total{action=\"static\",provider=\"seen-keys\"}"));
        Assert.Equal(1, Value(text, "gateway_upstream_unauthorized_total{action=\"refresh-failed\",provider=\"seen-oauth\"}"));
        Assert.Equal(1, Value(text, "gateway_token_refreshes_total{outcome=\"transient\",provider=\"seen-oauth\",trigger=\"rejected\"}"));
        Assert.Equal(1, Value(text, "gateway_token_refresh_duration_seconds_count{outcome=\"transient\",provider=\"seen-oauth\"}"));
        Assert.Equal(0, Value(text, "gateway_connections{provider=\"seen-keys\",status=\"reauthorization_required\"}"));
        Assert.InRange(
            Value(text, "gateway_token_expiry_timestamp_seconds{provider=\"seen-oauth\"}") ?? 0,
            TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(),
            TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 601);
        Assert.Null(Value(text, "gateway_token_expiry_timestamp_seconds{provider=\"seen-keys\"}"));
        Assert.True(Value(text, "gateway_errors_total{code=\"route_not_found\",provider=\"\"}") >= 1);
    }

    [Fact]
    public async Task The_framework_meters_are_exposed_without_probes_and_scrapes()
    {
        _upstream.Given(Request.Create().WithPath("/ok")).RespondWith(Response.Create().WithStatusCode(200));
        await using var gateway = await ObservedGateway.StartAsync(_upstream.Urls[0], []);
        await gateway.PutAsync("seen-keys/default", """{"fields":{"apiKey":"k"}}""");
        await GetAsync(gateway, "/keys/ok");
        await gateway.Admin.GetStringAsync(new Uri("/health/live", UriKind.Relative), TestContext.Current.CancellationToken);
        await gateway.ScrapeAsync();

        // The server counts a request when it completes, which is after the answer.
        var text = "";
        await Eventually.TrueAsync(
            async () => (text = await gateway.ScrapeAsync()).Contains("http_route=\"/keys/{**path}\"", StringComparison.Ordinal),
            () => text);
        Assert.Contains("http_server_request_duration_seconds_bucket{", text, StringComparison.Ordinal);
        Assert.Contains("le=\"0.0025\"", text, StringComparison.Ordinal);
        Assert.Contains("http_client_request_duration_seconds_bucket{", text, StringComparison.Ordinal);
        Assert.Contains("kestrel_active_connections", text, StringComparison.Ordinal);
        Assert.Contains("dotnet_gc_collections_total", text, StringComparison.Ordinal);
        Assert.NotNull(MetricsText.Parse(text).Value("dotnet_process_cpus"));
        var counted = text.Split('\n')
            .Where(static line => line.StartsWith("http_server_request_duration_seconds_count", StringComparison.Ordinal)).ToList();
        Assert.DoesNotContain(
            counted, static line =>
                line.Contains("/metrics", StringComparison.Ordinal) || line.Contains("/health", StringComparison.Ordinal));
        Assert.DoesNotContain("otel_scope", text, StringComparison.Ordinal);

        var lint = await Tool.RunAsync("promtool", ["check", "metrics"], text);
        Assert.SkipWhen(lint.ExitCode == 127, "needs promtool: apt-get install prometheus");
        Assert.Equal((0, ""), lint);
    }

    // GATEWAY_HOSTILE_REQUESTS=100000 sets the long run.
    [Fact]
    public async Task Hostile_methods_hosts_paths_and_agents_add_no_series()
    {
        _upstream.Given(Request.Create()).RespondWith(Response.Create().WithStatusCode(200));
        await using var gateway = await ObservedGateway.StartAsync(_upstream.Urls[0], []);
        await gateway.PutAsync("seen-keys/default", """{"fields":{"apiKey":"k"}}""");
        using var caller = await RawClient.ConnectAsync(gateway.ProxyPort);
        await AttackAsync(caller, requests: HostileBurst);
        await AnnouncedAsync(gateway);
        var before = Series(await gateway.ScrapeAsync());
        Assert.Contains(before, static line => line.StartsWith("http_client_request_duration_seconds_count", StringComparison.Ordinal));

        var requests = int.Parse(Environment.GetEnvironmentVariable("GATEWAY_HOSTILE_REQUESTS") ?? "4000", CultureInfo.InvariantCulture);
        await AttackAsync(caller, requests);

        // A scrape may be older than the last request, so the test waits for its count.
        var text = "";
        await Eventually.TrueAsync(
            async () => MetricsText.Parse(text = await gateway.ScrapeAsync()).Sum("http_server_request_duration_seconds_count") >= requests
                + HostileBurst,
            () => text);
        Assert.Empty(Series(text).Except(before));
        Assert.DoesNotContain(text.Split('\n'), static line => line.Contains(".test", StringComparison.Ordinal));
    }

    public void Dispose() => _upstream.Dispose();

    private static async Task<string> AnnouncedAsync(ObservedGateway gateway)
    {
        var text = "";
        await Eventually.TrueAsync(
            async () =>
                (text = await gateway.ScrapeAsync()).Contains("gateway_connections{provider=\"seen-oauth\"", StringComparison.Ordinal)
                && text.Contains("gateway_store_operation_duration_seconds_count{operation=\"cache_read\"", StringComparison.Ordinal),
            () => text);
        return text;
    }

    // A fifth of the requests reaches the third party, a fifth is refused on a route, the rest matches no route.
    private static async Task AttackAsync(RawConnection caller, int requests)
    {
        for (var sent = 0; sent < requests; sent += HostileBurst)
        {
            await caller.SendAsync(
                string.Concat(Enumerable.Range(0, HostileBurst).Select(static number => Hostile(number % 5, Random.Shared.Next()))));
            for (var answer = 0; answer < HostileBurst; answer++)
            {
                await caller.ReadResponseAsync().WaitAsync(Eventually.Patience);
            }
        }
    }

    private static string Hostile(int kind, int salt)
    {
        var (method, path) = kind switch
        {
            0 => ("GET", $"/keys/p{salt:x}"),
            1 => ($"M{salt:X}", $"/keys/p{salt:x}"),
            2 => ("GET", $"/p{salt:x}/q"),
            3 => ("GET", $"/keys/%2e%2e/p{salt:x}"),
            _ => ($"M{salt:X}", $"/p{salt:x}"),
        };
        return $"{method} {path}?x{salt:x}={salt:x} HTTP/1.1\r\nHost: h{salt:x}.test\r\nUser-Agent: agent-{salt:x}\r\nX-Forwarded-Host: "
            + $"f{salt:x}.test\r\n\r\n";
    }

    private static async Task GetAsync(ObservedGateway gateway, string path)
    {
        using var response = await gateway.Proxy.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
    }

    // Without the store's metrics, where an operation may occur for the first time.
    private static HashSet<string> Series(string text) =>
    [
        .. MetricsText.Parse(text).Series.Where(static series =>
            Prefixes.Any(prefix => series.StartsWith(prefix, StringComparison.Ordinal))
                && !series.Contains("_store_operation_duration_", StringComparison.Ordinal)),
    ];

    private static double? Value(string text, string series) => MetricsText.Parse(text).Value(series);
}
