using System.Globalization;
using System.Net;
using System.Text;

namespace Gateway.IntegrationTests.Flow.Crashes;

/// <summary>
/// SIGKILL at each step of a refresh. The next start finds the dead instance's file, takes over its lease, replays its journal
/// and presents the grant once more. The provider rotates strictly and ends a grant whose spent token is reused. Rounds per step:
/// <c>GATEWAY_KILL_ROUNDS</c>, 1 by default; <c>kill-points.sh</c> makes it 50.
/// </summary>
public sealed class KillPointTests(ITestOutputHelper output)
{
    private static readonly int Rounds =
        int.TryParse(Environment.GetEnvironmentVariable("GATEWAY_KILL_ROUNDS"), CultureInfo.InvariantCulture, out var rounds) ? rounds : 1;

    [Fact]
    public async Task Without_reuse_grace_only_an_unanswered_rotation_loses_its_grant_and_is_reported()
    {
        var (results, reuses) = await RunAsync(TimeSpan.Zero);

        Assert.All(
            results, static result =>
                Assert.Equal((result.Point.Name, result.Point.IsSpent ? Rounds : 0), (result.Point.Name, result.Interrupted)));

        // Each was detected by the one presentation that could have saved the grant.
        Assert.Equal(results.Sum(static result => result.Interrupted), reuses);
    }

    [Fact]
    public async Task With_reuse_grace_no_grant_is_lost()
    {
        var (results, reuses) = await RunAsync(TimeSpan.FromMinutes(5));

        Assert.All(results, static result => Assert.Equal((result.Point.Name, 0), (result.Point.Name, result.Interrupted)));
        Assert.Equal(0, reuses);
    }

    private async Task<(IReadOnlyList<(KillPoint Point, int Kept, int Interrupted)> Results, int Reuses)> RunAsync(TimeSpan grace)
    {
        await using var scene = await CrashScene.StartAsync(grace);
        var gateway = await scene.StartGatewayAsync();
        var results = new List<(KillPoint Point, int Kept, int Interrupted)>();
        try
        {
            foreach (var point in KillPoint.All)
            {
                var kept = 0;
                for (var round = 0; round < Rounds; round++)
                {
                    var name = $"victim-{results.Count}-{round}";
                    gateway = await KillAsync(scene, gateway, point, name);
                    kept += await IsKeptAsync(scene, gateway, name) ? 1 : 0;
                }

                results.Add((point, kept, Rounds - kept));
            }
        }
        finally
        {
            await gateway.DisposeAsync();
            Print(grace, results, scene);
        }

        return (results, scene.Reuses);
    }

    // The token has expired, so the request refreshes. The test checks the stored state, not the caller's answer.
    private static async Task<GatewayProcess> KillAsync(CrashScene scene, GatewayProcess gateway, KillPoint point, string name)
    {
        await scene.Flow.ConnectAsync(gateway, expiresIn: 0, name);
        var reached = point.Arm(scene, name);
        var caller = scene.Flow.GetAsync(gateway, name);
        await reached.WaitAsync(Eventually.Patience);
        gateway.Kill();
        await gateway.WaitForExitAsync();
        await caller.ContinueWith(static _ => { }, TaskScheduler.Default);
        scene.CutHolds();
        await gateway.DisposeAsync();
        return await scene.StartGatewayAsync();
    }

    // A kept connection serves and its grant is valid for another refresh. A lost one reports why, and an operator can connect it again.
    private static async Task<bool> IsKeptAsync(CrashScene scene, GatewayProcess gateway, string name)
    {
        using var answer = await scene.Flow.GetAsync(gateway, name);
        if (answer.StatusCode != HttpStatusCode.OK)
        {
            await answer.ShouldBeProblemAsync(HttpStatusCode.FailedDependency, "reauthorization_required");
            Assert.Contains("refresh_interrupted", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            return false;
        }

        using var refresh = await gateway.Admin.PostAsync($"/connections/bokio/{name}/refresh", content: null);
        Assert.True(refresh.IsSuccessStatusCode, gateway.Output);
        using var again = await scene.Flow.GetAsync(gateway, name);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        return true;
    }

    private void Print(TimeSpan grace, IEnumerable<(KillPoint Point, int Kept, int Interrupted)> results, CrashScene scene)
    {
        var table = new StringBuilder();
        table.AppendLine(CultureInfo.InvariantCulture, $"SIGKILL at each step, {Rounds} rounds each, grace of the provider {grace}");
        table.AppendLine(CultureInfo.InvariantCulture, $"{"step",-36}{"spent by the provider",22}{"kept",6}{"lost",6}");
        foreach (var (point, kept, interrupted) in results)
        {
            table.AppendLine(
                CultureInfo.InvariantCulture, $"{point.Name,-36}{(point.IsSpent ? "yes" : "no or answered"),22}{kept,6}{interrupted,6}");
        }

        table.Append(
            CultureInfo.InvariantCulture,
            $"spent refresh tokens presented outside the grace, each once and to find that out: {scene.Reuses}");
        output.WriteLine(table.ToString());
    }
}
