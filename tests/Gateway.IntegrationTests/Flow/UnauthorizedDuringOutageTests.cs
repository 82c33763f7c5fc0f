using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;

using Gateway.Testing.TcpFaults;

namespace Gateway.IntegrationTests.Flow;

/// <summary>
/// Third parties refuse tokens, or tokens expire, while Redis is silent or gone: two gateways, a genuine Redis behind a bad network, a
/// simulated Bokio.
/// </summary>
public sealed class UnauthorizedDuringOutageTests : IAsyncLifetime
{
    // The deadline of one store operation.
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(1);

    private RedisServer _redis = null!;
    private TcpFaultProxy _network = null!;
    private BokioFlow _flow = null!;

    public static TheoryData<bool> Ways => [true, false];

    private int Mints => _flow.Bokio.Authorization.Counters.CallsOf("client_credentials");

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        _network = TcpFaultProxy.Start(_redis.EndPoint);
        _flow = await BokioFlow.StartAsync();
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task During_an_outage_a_401_passes_without_a_refresh_and_after_it_a_401_is_healed(bool silent)
    {
        await using var gateway = await StartAsync();
        await _flow.ConnectAsync(gateway, expiresIn: 3600);
        Assert.Equal(HttpStatusCode.OK, (await gateway.Proxy.GetAsync(_flow.InvoicesPath)).StatusCode);
        GoAway(silent);
        _flow.Bokio.Authorization.ExpireAccessTokens();

        // The gateway has not detected the outage yet.
        var first = await AskAsync(gateway, _flow.InvoicesPath, 200);
        AssertPassed(first);
        await Eventually.TrueAsync(() => gateway.Output.Contains("The store is not ready", StringComparison.Ordinal));
        var later = await AskAsync(gateway, _flow.InvoicesPath, 200);
        AssertPassed(later);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"slowest of 200 at first {first.Max(static one => one.Time)}, of 200 later {later.Max(static one => one.Time)}");
        Assert.True(first.Max(static one => one.Time) < TimeSpan.FromSeconds(20));

        // No request waits for the store. The slowest ones may wait for a loaded machine, so the bound does not cover them.
        Assert.True(later.Select(static one => one.Time).Order().ElementAt(20) < Deadline);
        Assert.Equal(0, _flow.Refreshes);

        _network.Heal();
        await Eventually.TrueAsync(
            async () => (await gateway.Proxy.GetAsync(_flow.InvoicesPath)).Headers.TryGetValues("Gateway-Replay", out var said)
                && said.Single() == "replayed");
        Assert.Equal(1, _flow.Refreshes);

        static void AssertPassed(IReadOnlyList<(HttpStatusCode Status, string? Replay, TimeSpan Time)> answers) => Assert.All(
            answers, static answer =>
                Assert.Equal((HttpStatusCode.Unauthorized, "skipped; reason=refresh-failed"), (answer.Status, answer.Replay)));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Each_instance_requests_client_credentials_once_and_heals_every_401(bool silent)
    {
        await using var one = await StartAsync();
        await using var other = await StartAsync();
        foreach (var gateway in (GatewayProcess[])[one, other])
        {
            Assert.Equal(HttpStatusCode.OK, (await gateway.Proxy.GetAsync("/general/connections")).StatusCode);
        }

        Assert.Equal(1, Mints);
        GoAway(silent);
        _flow.Bokio.Authorization.ExpireAccessTokens();
        foreach (var gateway in (GatewayProcess[])[one, other])
        {
            Assert.All(
                await AskAsync(gateway, "/general/connections", 100), static answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        }

        Assert.Equal(3, Mints);

        // After the outage every token is refused once more: one instance stores a new one, the other adopts it.
        _network.Heal();
        await Eventually.TrueAsync(async () => await ReadsAsync(one) && await ReadsAsync(other));
        _flow.Bokio.Authorization.ExpireAccessTokens();
        foreach (var gateway in (GatewayProcess[])[one, other])
        {
            Assert.All(
                await AskAsync(gateway, "/general/connections", 20), static answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        }

        Assert.Equal(4, Mints);
        Assert.Contains("\"generation\":2", await other.Admin.GetStringAsync("/connections/general/default"), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Client_credentials_that_expire_during_the_outage_are_renewed_without_an_error(bool silent)
    {
        _flow.Bokio.Authorization.Settings.AccessTokenLifetime = TimeSpan.FromSeconds(2);
        await using var gateway = await StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await gateway.Proxy.GetAsync("/general/connections")).StatusCode);
        GoAway(silent);

        await Eventually.TrueAsync(async () =>
        {
            Assert.Equal(HttpStatusCode.OK, (await gateway.Proxy.GetAsync("/general/connections")).StatusCode);
            return Mints >= 3;
        });
        Assert.Equal(0, await Metrics.SumAsync(gateway, "gateway_unsaved_grants"));
        Assert.Equal(0, await gateway.StopAsync());
    }

    [Fact]
    public async Task A_gateway_that_has_not_read_the_connection_refuses_the_request()
    {
        await using (var first = await StartAsync())
        {
            Assert.Equal(HttpStatusCode.OK, (await first.Proxy.GetAsync("/general/connections")).StatusCode);
        }

        GoAway(silent: false);
        await using var cold = await GatewayProcess.StartLiveAsync(Configuration(), Redis);

        using var refused = await cold.Proxy.GetAsync("/general/connections");
        await refused.ShouldBeProblemAsync(HttpStatusCode.ServiceUnavailable, "credential_unavailable");
        Assert.Equal(1, Mints);
    }

    public async ValueTask DisposeAsync()
    {
        await _flow.DisposeAsync();
        await _network.DisposeAsync();
        await _redis.DisposeAsync();
    }

    private static async Task<bool> ReadsAsync(GatewayProcess gateway)
    {
        using var page = await gateway.Admin.GetAsync("/connections");
        return page.IsSuccessStatusCode && await gateway.Admin.GetStringAsync("/health/ready") == """{"status":"ready"}""";
    }

    private static Task<(HttpStatusCode Status, string? Replay, TimeSpan Time)[]> AskAsync(
        GatewayProcess gateway, string path, int times) =>
        Task.WhenAll(Enumerable.Range(0, times).Select(async _ =>
        {
            var since = Stopwatch.GetTimestamp();
            using var answer = await gateway.Proxy.GetAsync(path);
            var replay = answer.Headers.TryGetValues("Gateway-Replay", out var said) ? said.Single() : null;
            return (answer.StatusCode, replay, Stopwatch.GetElapsedTime(since));
        }));

    private void GoAway(bool silent)
    {
        if (silent)
        {
            _network.SetBoth(LinkConditions.Stall);
        }
        else
        {
            _network.Refuse();
            _network.ResetAll();
        }
    }

    private string Redis => $"Store:Redis=127.0.0.1:{_network.Port}";

    private Task<GatewayProcess> StartAsync() => GatewayProcess.StartAsync(Configuration(), Redis);

    // The connection of the application itself, beside the company's.
    private string Configuration()
    {
        var bokio = _flow.Bokio;
        var gateway = JsonNode.Parse(_flow.Configuration)!;
        gateway["Providers"]!["general"] = new JsonObject
        {
            ["Kind"] = "OAuth2",
            ["Grant"] = "ClientCredentials",
            ["Origin"] = bokio.Api.Address.ToString().TrimEnd('/'),
            ["TokenEndpoint"] = bokio.TokenEndpoint.ToString(),
            ["ClientId"] = bokio.Client.Id,
            ["ClientSecret"] = bokio.Client.Secret,
            ["ClientAuthentication"] = "Basic",
            ["RefreshBeforeExpiry"] = "00:00:00",
        };
        gateway["ReverseProxy"]!["Routes"]!["general"] = new JsonObject
        {
            ["ClusterId"] = "bokio",
            ["Match"] = new JsonObject { ["Path"] = "/general/{**path}" },
            ["Transforms"] =
                new JsonArray(new JsonObject { ["PathPattern"] = "/v1/{**path}" }, new JsonObject { ["Credential"] = "general" }),
        };
        return gateway.ToJsonString();
    }
}
