using System.Net;

using Gateway.Demo.Providers;

namespace Gateway.IntegrationTests.Flow.Crashes;

/// <summary>
/// Redis in trouble while a grant is being rotated: nothing is lost, whether the gateway lives to see it come back or not.
/// </summary>
public sealed class StoreTroubleTests : IAsyncLifetime
{
    private const string Name = "default";

    private CrashScene _scene = null!;

    public static TheoryData<string> Troubles => ["frozen", "killed", "read-only", "out of memory", "cut off"];

    public async ValueTask InitializeAsync() => _scene = await CrashScene.StartAsync();

    public ValueTask DisposeAsync() => _scene.DisposeAsync();

    [Theory]
    [MemberData(nameof(Troubles))]
    public async Task A_gateway_that_lives_saves_the_rotation_when_Redis_is_back(string trouble)
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
    public async Task A_gateway_that_is_killed_meanwhile_has_left_the_rotation_to_its_next_start(string trouble)
    {
        var gateway = await _scene.StartGatewayAsync();
        await RotateAsync(gateway, () => BeginAsync(trouble));
        gateway.Kill();
        await gateway.WaitForExitAsync();
        await gateway.DisposeAsync();

        // The next start meets the trouble as well, and goes on to try.
        await using var next = await _scene.StartInTroubleAsync();
        await EndAsync(trouble);
        await AssertGoodAsync(next);
    }

    [Fact]
    public async Task A_gateway_that_is_stopped_meanwhile_waits_and_then_leaves_the_rotation_to_its_next_start()
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
    public async Task A_failure_while_Redis_is_away_does_not_pass_for_an_interruption()
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

    // It serves; what Redis holds is the one live grant, or the forced refresh would end the family.
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
