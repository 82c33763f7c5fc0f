using System.Net;

using Gateway.Demo.Providers;

namespace Gateway.IntegrationTests.Flow;

/// <summary>
/// Answers to callers and durability of grants while the store or the token endpoint is unavailable: the built gateway on a real Redis.
/// </summary>
public sealed class OutageTests : IAsyncLifetime
{
    private RedisServer _redis = null!;
    private BokioFlow _flow = null!;

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartAsync(appendOnly: true);
        _flow = await BokioFlow.StartAsync();
    }

    [Fact]
    public async Task A_gateway_started_without_Redis_is_live_refuses_requests_and_recovers()
    {
        await _redis.KillAsync();
        await using var gateway = await GatewayProcess.StartLiveAsync(_flow.Configuration, $"Store:Redis={_redis.Configuration}");

        using var readiness = await gateway.Admin.GetAsync("/health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, readiness.StatusCode);
        using var refused = await gateway.Proxy.GetAsync(_flow.InvoicesPath);
        await refused.ShouldBeProblemAsync(HttpStatusCode.ServiceUnavailable, "credential_unavailable");
        Assert.NotNull(refused.Headers.RetryAfter);

        await _redis.RestartAsync();
        await gateway.AnswersAsync("/health/ready");
        await _flow.ConnectAsync(gateway, expiresIn: 3600);
        Assert.Equal(HttpStatusCode.OK, (await gateway.Proxy.GetAsync(_flow.InvoicesPath)).StatusCode);
    }

    [Fact]
    public async Task A_warm_gateway_serves_and_stays_ready_while_Redis_is_unavailable()
    {
        await using var gateway = await StartAsync();
        await _flow.ConnectAsync(gateway, expiresIn: 3600);
        Assert.Equal(HttpStatusCode.OK, (await gateway.Proxy.GetAsync(_flow.InvoicesPath)).StatusCode);

        await _redis.KillAsync();

        for (var request = 0; request < 50; request++)
        {
            Assert.Equal(HttpStatusCode.OK, (await gateway.Proxy.GetAsync(_flow.InvoicesPath)).StatusCode);
        }

        Assert.True((await gateway.Admin.GetAsync("/health/ready")).IsSuccessStatusCode);
        Assert.Equal(0, _flow.Refreshes);
    }

    [Fact]
    public async Task A_rotation_that_Redis_did_not_store_is_served_and_saved_when_Redis_recovers()
    {
        await using var gateway = await StartAsync();
        await _flow.ConnectAsync(gateway, expiresIn: 0);
        var gate = new Gate();
        _flow.Bokio.Api.Faults.Add("/v1/token", Fault.HoldAnswer(gate));
        var call = gateway.Proxy.GetAsync(_flow.InvoicesPath);
        await gate.ArrivalsAsync();
        await _redis.StopAsync();
        gate.Open();

        Assert.Equal(HttpStatusCode.OK, (await call).StatusCode);
        Assert.Equal(1, await Metrics.SumAsync(gateway, "gateway_unsaved_grants"));

        await _redis.RestartAsync();
        await Eventually.TrueAsync(
            async () => await Metrics.SumAsync(gateway, "gateway_unsaved_grants") is 0, () => gateway.Output);

        // Another process reads only Redis, so the new pair must be stored there.
        await using var successor = await StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await successor.Proxy.GetAsync(_flow.InvoicesPath)).StatusCode);
        Assert.Equal(1, _flow.Refreshes);
    }

    [Theory]
    [InlineData("unreachable")]
    [InlineData("html")]
    [InlineData("500")]
    public async Task A_failing_token_endpoint_is_a_503_with_RetryAfter_and_the_grant_survives(string failure)
    {
        await using var gateway = await StartAsync();
        await _flow.ConnectAsync(gateway, expiresIn: 0);
        var fault = _flow.Bokio.Api.Faults.Add("/v1/token", failure switch
        {
            "unreachable" => Fault.Drop(),
            "html" => Fault.Html(),
            _ => Fault.Answer(500, "oops"),
        });

        using var refused = await gateway.Proxy.GetAsync(_flow.InvoicesPath);
        await refused.ShouldBeProblemAsync(HttpStatusCode.ServiceUnavailable, "credential_unavailable");
        Assert.NotNull(refused.Headers.RetryAfter);

        _flow.Bokio.Api.Faults.Clear();
        Assert.NotNull(fault);
        await Eventually.TrueAsync(
            async () => (await gateway.Proxy.GetAsync(_flow.InvoicesPath)).IsSuccessStatusCode, () => gateway.Output);
    }

    [Fact]
    public async Task A_dead_grant_is_a_424_with_its_reason_and_is_presented_once()
    {
        await using var gateway = await StartAsync();
        await _flow.ConnectAsync(gateway, expiresIn: 0);
        _flow.Bokio.Authorization.RevokeGrants();

        for (var request = 0; request < 5; request++)
        {
            using var refused = await gateway.Proxy.GetAsync(_flow.InvoicesPath);
            await refused.ShouldBeProblemAsync(HttpStatusCode.FailedDependency, "reauthorization_required");
        }

        Assert.Equal(1, _flow.Refreshes);
    }

    [Fact]
    public async Task Wrong_client_credentials_are_a_502_and_keep_the_connection()
    {
        await using var gateway = await StartAsync();
        await _flow.ConnectAsync(gateway, expiresIn: 0);
        var right = _flow.Bokio.Client.Secret;
        _flow.Bokio.Client.Secret = "another-secret";

        using var refused = await gateway.Proxy.GetAsync(_flow.InvoicesPath);
        await refused.ShouldBeProblemAsync(HttpStatusCode.BadGateway, "provider_misconfigured");

        _flow.Bokio.Client.Secret = right;
        using var refresh = await gateway.Admin.PostAsync("/connections/bokio/default/refresh", content: null);
        Assert.True(refresh.IsSuccessStatusCode, await refresh.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.OK, (await gateway.Proxy.GetAsync(_flow.InvoicesPath)).StatusCode);
    }

    [Fact]
    public async Task Wrong_client_credentials_raise_one_alarm_on_all_instances_until_the_provider_accepts_them()
    {
        await using var one = await StartAsync();
        await using var other = await StartAsync();
        await _flow.ConnectAsync(one, expiresIn: 0);
        await _flow.ConnectAsync(one, expiresIn: 0, "second");
        var right = _flow.Bokio.Client.Secret;
        _flow.Bokio.Client.Secret = "another-secret";
        using var refused = await one.Proxy.GetAsync(_flow.InvoicesPath);
        await refused.ShouldBeProblemAsync(HttpStatusCode.BadGateway, "provider_misconfigured");
        using var second = await _flow.GetAsync(one, "second");
        await second.ShouldBeProblemAsync(HttpStatusCode.BadGateway, "provider_misconfigured");

        await Eventually.TrueAsync(async () => await AlarmAsync(other) == 1, () => other.Output);
        Assert.Contains("\"reason\":\"invalid_client\"", await other.Admin.GetStringAsync("/providers"), StringComparison.Ordinal);
        Assert.True((await other.Admin.GetAsync("/health/ready")).IsSuccessStatusCode);

        _flow.Bokio.Client.Secret = right;
        await Eventually.TrueAsync(
            async () => (await other.Proxy.GetAsync(_flow.InvoicesPath)).IsSuccessStatusCode, () => other.Output);
        await Eventually.TrueAsync(async () => await AlarmAsync(one) + await AlarmAsync(other) == 0, () => one.Output);

        static async Task<int> AlarmAsync(GatewayProcess gateway) =>
            (await gateway.Admin.GetStringAsync("/metrics"))
                .Contains("gateway_provider_misconfigured{provider=\"bokio\"} 1", StringComparison.Ordinal) ? 1 : 0;
    }

    [Fact]
    public async Task A_wrong_Redis_password_is_reported_without_showing_it()
    {
        await using var guarded = await RedisServer.StartAsync(password: "right-password-canary");
        var wrong = guarded.Configuration.Replace("right-password-canary", "wrong-password-canary", StringComparison.Ordinal);
        await using var gateway = await GatewayProcess.StartLiveAsync(_flow.Configuration, $"Store:Redis={wrong}");

        await Eventually.TrueAsync(
            async () => (await (await gateway.Admin.GetAsync("/health/ready")).Content.ReadAsStringAsync())
                .Contains("authentication", StringComparison.Ordinal), () => gateway.Output);
        Assert.DoesNotContain("password-canary", gateway.Output, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await _flow.DisposeAsync();
        await _redis.DisposeAsync();
    }

    private Task<GatewayProcess> StartAsync() =>
        GatewayProcess.StartAsync(_flow.Configuration, $"Store:Redis={_redis.Configuration}");
}
