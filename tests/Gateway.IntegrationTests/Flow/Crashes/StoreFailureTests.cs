using System.Net;

using Gateway.Demo.Providers;

namespace Gateway.IntegrationTests.Flow.Crashes;

/// <summary>
/// Redis fails during a rotation: no grant is lost, whether the gateway runs until Redis recovers or not.
/// </summary>
public sealed class StoreFailureTests : IAsyncLifetime
{
    private const string Name = "default";

    private CrashScene _scene = null!;

    public static TheoryData<string> Troubles => ["frozen", "killed", "read-only", "out of memory", "cut off"];

    public async ValueTask InitializeAsync() => _scene = await CrashScene.StartAsync();

    public ValueTask DisposeAsync() => _scene.DisposeAsync();

    [Theory]
    [MemberData(nameof(Troubles))]
    public async Task A_running_gateway_saves_the_rotation_when_Redis_recovers(string trouble)
    {
        await using var gateway = await _scene.StartGatewayAsync();
        await RotateAsync(gateway, () => BeginAsync(trouble));
        Assert.Equal(HttpStatusCode.OK, (await _scene.Flow.GetAsync(gateway, Name)).StatusCode);
        Assert.Equal(1, await Metrics.SumAsync(gateway, "gateway_unsaved_grants"));

        await EndAsync(trouble);
        await Eventually.TrueAsync(
            async () => await Metrics.SumAsync(gateway, "gateway_unsaved_grants") is 0, () => gateway.Output);
        await AssertGoodAsync(gateway);
    }

    [Theory]
    [MemberData(nameof(Troubles))]
    public async Task After_a_kill_the_next_start_saves_the_rotation(string trouble)
    {
        var gateway = await _scene.StartGatewayAsync();
        await RotateAsync(gateway, () => BeginAsync(trouble));
        gateway.Kill();
        await gateway.WaitForExitAsync();
        await gateway.DisposeAsync();

        // The next start meets the same failure and keeps retrying.
        await using var next = await _scene.StartInTroubleAsync();
        await EndAsync(trouble);
        await AssertGoodAsync(next);
    }

    [Fact]
    public async Task A_stopping_gateway_waits_and_then_leaves_the_rotation_to_the_next_start()
    {
        await using (var gateway = await _scene.StartGatewayAsync())
        {
            await RotateAsync(gateway, () => BeginAsync("cut off"));
            Assert.Equal(0, await gateway.StopAsync());
            Assert.Contains("1 rotated grants unsaved", gateway.Output, StringComparison.Ordinal);
        }

        await EndAsync("cut off");
        await using var next = await _scene.StartGatewayAsync();
        await AssertGoodAsync(next);
    }

    [Fact]
    public async Task A_failed_refresh_during_an_outage_is_not_treated_as_an_interruption()
    {
        var gateway = await _scene.StartGatewayAsync();
        await _scene.Flow.ConnectAsync(gateway, expiresIn: 0);
        var gate = new Gate();
        _scene.Flow.Bokio.Api.Faults.Add("/v1/token", Fault.HoldBefore(gate), times: 1);
        _scene.Flow.Bokio.Api.Faults.Add("/v1/token", Fault.Answer(503), times: 1);
        var call = _scene.Flow.GetAsync(gateway, Name);
        await gate.ArrivalsAsync();
        await BeginAsync("cut off");
        gate.Open();
        await (await call).ShouldBeProblemAsync(HttpStatusCode.ServiceUnavailable, "credential_unavailable");
        gateway.Kill();
        await gateway.WaitForExitAsync();
        await gateway.DisposeAsync();

        await EndAsync("cut off");
        await using var next = await _scene.StartGatewayAsync();
        await AssertGoodAsync(next);
    }

    private async Task RotateAsync(GatewayProcess gateway, Func<Task> duringTheCall)
    {
        await _scene.Flow.ConnectAsync(gateway, expiresIn: 0);
        var gate = new Gate();
        _scene.Flow.Bokio.Api.Faults.Add("/v1/token", Fault.HoldAnswer(gate), times: 1);
        var call = _scene.Flow.GetAsync(gateway, Name);
        await gate.ArrivalsAsync();
        await duringTheCall();
        gate.Open();
        Assert.Equal(HttpStatusCode.OK, (await call).StatusCode);
    }

    // The connection serves. Redis holds the live grant: with any other, the forced refresh would revoke the family.
    private async Task AssertGoodAsync(GatewayProcess gateway)
    {
        await Eventually.TrueAsync(
            async () =>
            {
                await _scene.EndLeaseAsync(Name);
                return (await _scene.Flow.GetAsync(gateway, Name)).StatusCode == HttpStatusCode.OK;
            }, () => gateway.Output);
        using var refresh = await gateway.Admin.PostAsync($"/connections/bokio/{Name}/refresh", content: null);
        Assert.True(refresh.IsSuccessStatusCode, await refresh.Content.ReadAsStringAsync() + gateway.Output);
        Assert.Equal(HttpStatusCode.OK, (await _scene.Flow.GetAsync(gateway, Name)).StatusCode);
        Assert.Equal(0, _scene.Reuses);
    }

    private Task BeginAsync(string trouble)
    {
        switch (trouble)
        {
            case "frozen":
                return _scene.Redis.FreezeAsync();
            case "killed":
                return _scene.Redis.KillAsync();
            case "read-only":
                return _scene.ExecuteAsync("REPLICAOF", "127.0.0.1", "1");
            case "out of memory":
                return _scene.ExecuteAsync("CONFIG", "SET", "maxmemory", "1");
            default:
                _scene.Proxy.Refuse();
                _scene.Proxy.ResetAll();
                return Task.CompletedTask;
        }
    }

    private Task EndAsync(string trouble)
    {
        switch (trouble)
        {
            case "frozen":
                return _scene.Redis.ResumeAsync();
            case "killed":
                return _scene.Redis.RestartAsync();
            case "read-only":
                return _scene.ExecuteAsync("REPLICAOF", "NO", "ONE");
            case "out of memory":
                return _scene.ExecuteAsync("CONFIG", "SET", "maxmemory", "0");
            default:
                _scene.Proxy.Heal();
                return Task.CompletedTask;
        }
    }
}
