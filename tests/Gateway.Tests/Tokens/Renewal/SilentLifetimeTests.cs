namespace Gateway.Tests.Tokens.Renewal;

/// <summary>A provider that never says how long its tokens live.</summary>
public sealed class SilentLifetimeTests : RefreshStage
{
    [Fact]
    public async Task Tokens_refused_at_the_same_age_again_and_again_are_given_that_age()
    {
        Server.Say(200, """{"access_token":"a"}""");
        await StoreExpiredAsync();
        AssertServes(await GetAsync(), "a", 2);
        Assert.Equal(TimeSpan.FromHours(1), await LifetimeAsync());

        for (var generation = 3; generation < 7; generation++)
        {
            var sent = (await GetAsync()).Credential!;
            Clock.Advance(TimeSpan.FromMinutes(12));
            AssertServes(await ReplaceAsync(sent), "a", generation);
        }

        Assert.Equal(TimeSpan.FromMinutes(12), await LifetimeAsync());
    }

    private async Task<TimeSpan> LifetimeAsync()
    {
        var stored = (await StoredAsync())!;
        return stored.Token!.ExpiresAt - stored.RefreshedAt!.Value;
    }
}
