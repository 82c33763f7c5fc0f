using Gateway.Demo.Providers;

namespace Gateway.Tests.Flow.Hostile;

/// <summary>The failure table row by row, from the caller to the token endpoint, checked with the provider's own counters.</summary>
public sealed class HostileProviderTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    public static TheoryData<string> Rows => [.. FailureTable.Rows.Keys];

    public static TheoryData<string> KeptRows =>
        [.. FailureTable.Rows.Where(static row => row.Value.KeepsGrant).Select(static row => row.Key)];

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task The_gateway_reacts_according_to_the_table(string row)
    {
        var reaction = FailureTable.Rows[row];
        await using var stage = await HostileStage.StartAsync();
        reaction.Plan(stage);

        for (var request = 0; request < 3; request++)
        {
            var asked = stage.GetAsync();
            var answer = reaction.TakesTime ? await stage.Clock.RunUntilAsync(asked, Deadline) : await asked;
            Assert.Equal(reaction.Answer, Summary(answer));
            Assert.True(
                request > 0 || reaction.RetryAfter is not { } seconds || answer.One("Retry-After") == $"{seconds}",
                $"Retry-After: {answer.One("Retry-After")}");
        }

        Assert.Equal(reaction.Calls, stage.Judge.Calls);
        Assert.Equal(reaction.Reason, (await stage.StoredAsync()).LastFailure?.Reason);
        await LaterAsync(stage, reaction);
    }

    [Theory]
    [MemberData(nameof(KeptRows))]
    public async Task A_grant_is_kept_also_during_a_store_outage(string row)
    {
        var reaction = FailureTable.Rows[row];
        await using var stage = await HostileStage.StartAsync();
        reaction.Plan(stage);
        stage.AtTokenEndpoint(Fault.Meanwhile(() => stage.Store.Away = true));

        for (var request = 0; request < 3; request++)
        {
            Assert.Equal(reaction.Answer, Summary(await stage.GetAsync()));
            stage.Clock.Advance(TimeSpan.FromMinutes(2));
        }

        Assert.Equal(1, stage.Judge.Calls);
        stage.Store.Away = false;
        await stage.LandAsync();
        await LaterAsync(stage, reaction);
    }

    // Removes the faults; the state of the provider's grants stays.
    private static async Task LaterAsync(HostileStage stage, Reaction reaction)
    {
        await stage.HealAsync();
        stage.Clock.Advance(TimeSpan.FromHours(2));

        Assert.Equal(reaction.Later, Summary(await stage.GetAsync()));

        Assert.Equal(1, stage.Judge.MaxConcurrentPerGrant);
        Assert.Equal(reaction.RevokedFamilies, stage.Judge.RevokedFamilies.Count);
        Assert.InRange(stage.Judge.MaxPresentationsOfDeadGrant, 0, 1);
        Assert.True(reaction.RevokedFamilies > 0 || stage.Judge.SpentRefreshTokenReuses == 0, "A spent refresh token was presented.");
        Assert.Empty(stage.Attacker.Requests);
    }

    private static string Summary(RawResponse answer) =>
        answer.One("Gateway-Error") is { } code ? $"{answer.Status} {code}" : $"{answer.Status}";
}
