using Gateway.Demo.Providers;

namespace Gateway.IntegrationTests.Soak;

/// <summary>Runs alone: three gateways with callers and faults need the whole machine.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class SoakCollection
{
    public const string Name = "Soak";
}

/// <summary>All faults in random order under load: forty seconds by default, ten minutes with <c>tests/soak.sh</c>.</summary>
[Collection(SoakCollection.Name)]
public sealed class SoakTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task No_grant_is_lost_under_faults_and_callers_get_correct_answers()
    {
        var settings = SoakSettings.FromEnvironment();
        output.WriteLine($"GATEWAY_SOAK_SEED={settings.Seed}, {settings.Duration.TotalMinutes:0.0} min");
        var report = new SoakReport();
        await using var world = await SoakWorld.StartAsync();
        var recovery = new SoakRecovery(world, report);
        await recovery.WaitAsync(new("(start)", static (_, _) => Task.CompletedTask));

        try
        {
            await using var callers = new SoakCallers(world, report, settings.Seed);
            await DisturbAsync(world, report, recovery, settings);
        }
        finally
        {
            Judge(world.Strict, "strict", report);
            Judge(world.Forgiving, "forgiving", report);
            output.WriteLine(report.ToString());
        }

        Assert.True(report.Violations.Count == 0, $"GATEWAY_SOAK_SEED={settings.Seed}\n{report}");
    }

    private static async Task DisturbAsync(SoakWorld world, SoakReport report, SoakRecovery recovery, SoakSettings settings)
    {
        var random = new Random(settings.Seed);
        var start = TimeProvider.System.GetTimestamp();
        var bag = new Queue<SoakFault>();
        using var timer = new PeriodicTimer(Interval);
        while (TimeProvider.System.GetElapsedTime(start) < settings.Duration)
        {
            if (bag.Count == 0)
            {
                bag = new(Shuffled(random));
            }

            var fault = bag.Dequeue();
            report.Begin(fault);
            await fault.RunAsync(world, random);
            await recovery.WaitAsync(fault);
            foreach (var gateway in world.Gateways)
            {
                if (await gateway.FindCrashAsync() is { } words)
                {
                    report.Violation($"{gateway} {words}");
                }
            }

            await timer.WaitForNextTickAsync();
        }
    }

    // Every fault once before any comes again.
    private static SoakFault[] Shuffled(Random random)
    {
        var faults = SoakFaults.All.ToArray();
        random.Shuffle(faults);
        return faults;
    }

    private void Judge(SimulatedBokio bokio, string provider, SoakReport report)
    {
        var judge = bokio.Authorization.Counters;
        output.WriteLine(
            $"{provider}: {judge.Calls} token calls, at most {judge.MaxConcurrentPerGrant} in flight for one grant, "
                + $"{judge.SpentRefreshTokenReuses} spent grants presented, {judge.RevokedFamilies.Count} families revoked");
        Expect(judge.RevokedFamilies.Count == 0,
            $"families revoked: {string.Join(", ", judge.RevokedFamilies.Select(static grant => grant.Account))}");
        Expect(judge.MaxConcurrentPerGrant <= 1, $"{judge.MaxConcurrentPerGrant} token calls in flight for one grant");
        Expect(judge.MaxPresentationsOfDeadGrant <= 1, $"a dead grant was presented {judge.MaxPresentationsOfDeadGrant} times");
        Expect(judge.Calls > 0, "no token call at all");

        void Expect(bool holds, string otherwise)
        {
            if (!holds)
            {
                report.Violation($"{provider}: {otherwise}");
            }
        }
    }
}
