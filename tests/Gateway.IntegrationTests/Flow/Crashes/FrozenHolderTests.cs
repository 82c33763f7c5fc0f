using System.Net;
using System.Text.Json.Nodes;

using Gateway.Demo.Providers;

namespace Gateway.IntegrationTests.Flow.Crashes;

/// <summary>
/// The holder of the lease is frozen (SIGSTOP) during its call, the lease expires, another instance takes over, the holder resumes.
/// </summary>
public sealed class FrozenHolderTests
{
    private const string Name = "default";

    [Fact]
    public async Task The_token_pair_sent_to_the_frozen_holder_is_kept()
    {
        await using var scene = await CrashScene.StartAsync();
        await using var sleeper = await scene.StartGatewayAsync();
        await using var other = await scene.StartGatewayAsync();
        var call = await FallAsleepAsync(scene, sleeper);

        using var refused = await scene.Flow.GetAsync(other, Name);
        await refused.ShouldBeProblemAsync(HttpStatusCode.ServiceUnavailable, "credential_unavailable");
        Assert.InRange(refused.Headers.RetryAfter?.Delta ?? default, TimeSpan.FromMinutes(8), TimeSpan.FromMinutes(10));
        Assert.Equal(("unavailable", 1), await LookAsync(other));

        sleeper.Resume();
        Assert.Equal(HttpStatusCode.OK, (await call).StatusCode);
        await Eventually.TrueAsync(
            async () => (await scene.Flow.GetAsync(other, Name)).StatusCode == HttpStatusCode.OK, () => sleeper.Output + other.Output);
        Assert.Equal(("ready", 2), await LookAsync(other));
        Assert.Equal((1, 0), (scene.Flow.Refreshes, scene.Reuses));
    }

    [Fact]
    public async Task The_write_of_the_frozen_holder_is_refused_after_another_refresh()
    {
        await using var scene = await CrashScene.StartAsync(TimeSpan.FromMinutes(5));
        await using var sleeper = await scene.StartGatewayAsync();
        await using var other = await scene.StartGatewayAsync();
        var call = await FallAsleepAsync(scene, sleeper);

        Assert.Equal(HttpStatusCode.OK, (await scene.Flow.GetAsync(other, Name)).StatusCode);
        using var refresh = await other.Admin.PostAsync($"/connections/bokio/{Name}/refresh", content: null);
        Assert.Equal(("ready", 3), await LookAsync(other));

        sleeper.Resume();
        Assert.Equal(HttpStatusCode.OK, (await call).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await scene.Flow.GetAsync(sleeper, Name)).StatusCode);
        Assert.Equal((("ready", 3), ("ready", 3)), (await LookAsync(sleeper), await LookAsync(other)));
        Assert.DoesNotContain("is not stored", sleeper.Output, StringComparison.Ordinal);
        Assert.Equal(0, scene.Reuses);
    }

    // The provider has committed, and its answer waits in the socket of the frozen process.
    private static async Task<Task<HttpResponseMessage>> FallAsleepAsync(CrashScene scene, GatewayProcess sleeper)
    {
        await scene.Flow.ConnectAsync(sleeper, expiresIn: 0);
        var gate = new Gate();
        scene.Flow.Bokio.Api.Faults.Add("/v1/token", Fault.HoldAnswer(gate), times: 1);
        var call = scene.Flow.GetAsync(sleeper, Name);
        await gate.ArrivalsAsync();
        sleeper.Freeze();
        gate.Open();
        await scene.EndLeaseAsync(Name);
        return call;
    }

    private static async Task<(string Status, int Generation)> LookAsync(GatewayProcess gateway)
    {
        var connection = JsonNode.Parse(await gateway.Admin.GetStringAsync($"/connections/bokio/{Name}"))!;
        return ((string)connection["status"]!, (int)connection["generation"]!);
    }
}
