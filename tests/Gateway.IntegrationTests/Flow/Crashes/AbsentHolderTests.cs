using System.Net;
using System.Text.Json.Nodes;

using Gateway.Demo.Providers;
using Gateway.Testing.TcpFaults;

namespace Gateway.IntegrationTests.Flow.Crashes;

/// <summary>
/// The holder of a lease is frozen (SIGSTOP), or cut off from Redis but not from the provider, during its token call. The provider
/// has committed, the lease expires, another instance takes over, and the holder resumes.
/// </summary>
public sealed class AbsentHolderTests : IAsyncLifetime
{
    private const string Name = "default";

    private CrashScene _scene = null!;
    private TcpFaultProxy _network = null!;
    private GatewayProcess _holder = null!;
    private GatewayProcess _other = null!;
    private Task<HttpResponseMessage> _call = null!;

    public static TheoryData<bool> Ways => [true, false];

    public async ValueTask InitializeAsync()
    {
        _scene = await CrashScene.StartAsync();
        _network = TcpFaultProxy.Start(_scene.Redis.EndPoint);
    }

    public async ValueTask DisposeAsync()
    {
        await _holder.DisposeAsync();
        await _other.DisposeAsync();
        await _network.DisposeAsync();
        await _scene.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task The_token_pair_of_the_holder_is_kept_when_it_arrives_before_the_wait_ends(bool isFrozen)
    {
        await LeaveAsync(isFrozen);
        using var refused = await _scene.Flow.GetAsync(_other, Name);
        await refused.ShouldBeProblemAsync(HttpStatusCode.ServiceUnavailable, "credential_unavailable");
        Assert.InRange(refused.Headers.RetryAfter?.Delta ?? default, TimeSpan.FromMinutes(8), TimeSpan.FromMinutes(10));
        Assert.Equal(("unavailable", 1), await LookAsync(_other));

        await ComeBackAsync(isFrozen);
        await AssertServesAsync(generation: 2);
        Assert.Equal((1, 0), (_scene.Flow.Refreshes, _scene.Reuses));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task After_the_wait_the_late_grant_of_the_holder_replaces_the_refusal_of_the_other_instance(bool isFrozen)
    {
        _scene.Flow.Bokio.Authorization.Settings.RevokeFamilyOnReuse = false;
        await LeaveAsync(isFrozen, "Providers:bokio:InterruptedWait=00:00:02");
        await Eventually.TrueAsync(
            async () => (await _scene.Flow.GetAsync(_other, Name)).StatusCode == HttpStatusCode.FailedDependency, () => _other.Output);
        Assert.Equal((("reauthorization_required", 1), 2, 1), (await LookAsync(_other), _scene.Flow.Refreshes, _scene.Reuses));

        await ComeBackAsync(isFrozen);
        await AssertServesAsync(generation: 2);
        Assert.Equal((2, 1), (_scene.Flow.Refreshes, _scene.Reuses));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task After_the_wait_the_late_answer_of_the_holder_does_not_replace_a_newer_token(bool isFrozen)
    {
        // The gateway's configuration has no reuse grace, so it waits.
        _scene.Flow.Bokio.Authorization.Settings.ReuseGrace = TimeSpan.FromMinutes(5);
        await LeaveAsync(isFrozen, "Providers:bokio:InterruptedWait=00:00:02");
        await Eventually.TrueAsync(
            async () => (await _scene.Flow.GetAsync(_other, Name)).StatusCode == HttpStatusCode.OK, () => _other.Output);
        using var refresh = await _other.Admin.PostAsync($"/connections/bokio/{Name}/refresh", content: null);
        Assert.Equal(("ready", 3), await LookAsync(_other));

        await ComeBackAsync(isFrozen);
        await AssertServesAsync(generation: 3);
        Assert.Equal(0, _scene.Reuses);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Within_the_reuse_grace_another_instance_refreshes_at_once_and_no_generation_decreases(bool isFrozen)
    {
        _scene.Flow.Bokio.Authorization.Settings.ReuseGrace = TimeSpan.FromMinutes(5);
        await LeaveAsync(isFrozen, "Providers:bokio:ReuseGrace=00:05:00");
        Assert.Equal(HttpStatusCode.OK, (await _scene.Flow.GetAsync(_other, Name)).StatusCode);
        using var refresh = await _other.Admin.PostAsync($"/connections/bokio/{Name}/refresh", content: null);
        Assert.Equal(("ready", 3), await LookAsync(_other));

        await ComeBackAsync(isFrozen);
        await AssertServesAsync(generation: 3);
        Assert.Equal(0, _scene.Reuses);
    }

    private async Task LeaveAsync(bool isFrozen, params string[] settings)
    {
        _holder = await _scene.StartGatewayAsync([.. settings, $"Store:Redis=127.0.0.1:{_network.Port}"]);
        _other = await _scene.StartGatewayAsync(settings);
        await _scene.Flow.ConnectAsync(_holder, expiresIn: 0);
        var gate = new Gate();
        _scene.Flow.Bokio.Api.Faults.Add("/v1/token", Fault.HoldAnswer(gate), times: 1);
        _call = _scene.Flow.GetAsync(_holder, Name);
        await gate.ArrivalsAsync();
        if (isFrozen)
        {
            _holder.Freeze();
        }
        else
        {
            _network.Refuse();
            _network.ResetAll();
        }

        gate.Open();
        if (!isFrozen)
        {
            // The instance serves the token that it could not store.
            Assert.Equal(HttpStatusCode.OK, (await _call).StatusCode);
            Assert.Equal(1, await Metrics.SumAsync(_holder, "gateway_unsaved_grants"));
        }

        await _scene.EndLeaseAsync(Name);
    }

    private async Task ComeBackAsync(bool isFrozen)
    {
        if (isFrozen)
        {
            _holder.Resume();
        }
        else
        {
            _network.Heal();
        }

        Assert.Equal(HttpStatusCode.OK, (await _call).StatusCode);
        await Eventually.TrueAsync(async () => await Metrics.SumAsync(_holder, "gateway_unsaved_grants") == 0, () => _holder.Output);
    }

    private async Task AssertServesAsync(int generation)
    {
        foreach (var gateway in (GatewayProcess[])[_other, _holder])
        {
            await Eventually.TrueAsync(
                async () => (await _scene.Flow.GetAsync(gateway, Name)).StatusCode == HttpStatusCode.OK,
                () => _holder.Output + _other.Output);
            Assert.Equal(("ready", generation), await LookAsync(gateway));
        }
    }

    private static async Task<(string Status, int Generation)> LookAsync(GatewayProcess gateway)
    {
        var connection = JsonNode.Parse(await gateway.Admin.GetStringAsync($"/connections/bokio/{Name}"))!;
        return ((string)connection["status"]!, (int)connection["generation"]!);
    }
}
