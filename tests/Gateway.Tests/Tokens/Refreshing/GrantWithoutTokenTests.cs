using Gateway.Model;

namespace Gateway.Tests.Tokens.Refreshing;

/// <summary>The provider rotates, and its answer has a new grant but no usable token.</summary>
public sealed class GrantWithoutTokenTests : RefreshStage
{
    [Fact]
    public async Task The_next_attempt_presents_the_new_grant_after_the_backoff()
    {
        await StoreExpiredAsync();
        AnswerOddly();
        AssertRefuses(await GetAsync(), GatewayError.CredentialUnavailable);
        AssertRefuses(await GetAsync(), GatewayError.CredentialUnavailable);
        var stored = (await StoredAsync())!;
        Assert.Equal(
            ("refresh-1", 2L, 1L, "malformed"),
            (stored.Grant.RefreshToken.Reveal(), stored.Generation, stored.TokenGeneration, stored.LastFailure!.Reason));
        Assert.Equal((1, null, null), (Server.Calls, Store.IntentOf(Some.Acme), stored.DeadSince));

        Clock.Advance(TimeSpan.FromSeconds(2));

        AssertServes(await GetAsync(), "access-2", 3);
        AssertPresented("refresh-0", "refresh-1");
        Assert.Equal((0, null), ((await StoredAsync())!.TokenAge, (await StoredAsync())!.LastFailure));
    }

    [Fact]
    public async Task Repeated_answers_without_a_token_do_not_lose_the_grant()
    {
        await StoreExpiredAsync();
        for (var i = 0; i < 5; i++)
        {
            AnswerOddly();
            AssertRefuses(await GetAsync(), GatewayError.CredentialUnavailable);
            Clock.Advance(TimeSpan.FromMinutes(2));
        }

        Assert.Equal(
            (6L, 1L, 5),
            ((await StoredAsync())!.Generation, (await StoredAsync())!.TokenGeneration, (await StoredAsync())!.LastFailure!.Attempts));
        AssertServes(await GetAsync(), "access-6", 7);
        AssertPresented([.. Enumerable.Range(0, 6).Select(static i => $"refresh-{i}")]);
    }

    [Fact]
    public async Task A_valid_token_serves_until_it_expires()
    {
        await StoreUsableAsync();
        AssertServes(await GetAsync(), "access-0", 1);
        AnswerOddly();
        Assert.Equal((RefreshOutcome.Transient, "malformed"), await RefreshNowAsync());

        AssertServes(await GetAsync(), "access-0", 1);
        await using var other = new GatewayInstance(Store, Clock);
        AssertServes(await GetAsync(other), "access-0", 1);
    }

    [Fact]
    public async Task Another_instance_presents_the_new_grant()
    {
        await using var other = new GatewayInstance(Store, Clock);
        await StoreUsableAsync();
        AssertServes(await GetAsync(other), "access-0", 1);
        AnswerOddly();
        await RefreshNowAsync();

        var result = await other.Broker.RefreshAsync(Provider, Some.Acme, CancellationToken.None);

        Assert.Equal((RefreshOutcome.Success, 3L), (result.Outcome, result.Connection!.Generation));
        AssertPresented("refresh-0", "refresh-1");
    }

    [Fact]
    public async Task A_refused_token_does_not_count_as_newer()
    {
        await using var other = new GatewayInstance(Store, Clock);
        await StoreUsableAsync();
        var refused = (await GetAsync(other)).Credential!;
        await GetAsync();
        AnswerOddly();
        await RefreshNowAsync();

        AssertRefuses(await ReplaceAsync(refused), GatewayError.CredentialUnavailable);
        AssertRefuses(await other.Broker.ReplaceAsync(Provider, refused, null, CancellationToken.None), GatewayError.CredentialUnavailable);
        Assert.True((await StoredAsync())!.IsRejected);
        AssertRefuses(await GetAsync(), GatewayError.CredentialUnavailable);

        Clock.Advance(TimeSpan.FromSeconds(2));
        AssertServes(await ReplaceAsync(refused), "access-2", 3);
        AssertPresented("refresh-0", "refresh-1");
    }

    [Fact]
    public async Task A_refused_token_stays_refused_with_the_new_grant()
    {
        await StoreUsableAsync();
        var refused = (await GetAsync()).Credential!;
        AnswerOddly();

        AssertRefuses(await ReplaceAsync(refused), GatewayError.CredentialUnavailable);

        AssertRefuses(await GetAsync(), GatewayError.CredentialUnavailable);
        Assert.Equal((2L, true), ((await StoredAsync())!.Generation, (await StoredAsync())!.IsRejected));
    }

    [Fact]
    public async Task The_same_grant_in_an_answer_does_not_change_the_generation()
    {
        await StoreExpiredAsync();
        Server.Say(200, """{"refresh_token":"refresh-0"}""");

        AssertRefuses(await GetAsync(), GatewayError.CredentialUnavailable);

        Assert.Equal((1L, "refresh-0"), ((await StoredAsync())!.Generation, (await StoredAsync())!.Grant.RefreshToken.Reveal()));
    }

    [Fact]
    public async Task An_answer_to_client_credentials_keeps_no_grant()
    {
        Provider = Some.Provider(Some.Client(Server.Url, OAuthGrant.ClientCredentials));
        await StoreAsync(Some.Connection(new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero)) with { Grant = Grant.None });
        Server.Say(200, """{"refresh_token":"strange"}""");

        AssertRefuses(await GetAsync(), GatewayError.CredentialUnavailable);

        Assert.Equal((1L, true), ((await StoredAsync())!.Generation, (await StoredAsync())!.Grant.RefreshToken.IsEmpty));
    }

    [Fact]
    public async Task A_new_grant_from_the_provider_ends_an_interruption()
    {
        await StoreExpiredAsync();
        await InterruptAsync();
        AnswerOddly();

        await RefreshNowAsync();

        Assert.Null(Store.IntentOf(Some.Acme));
        Clock.Advance(TimeSpan.FromSeconds(2));
        AssertServes(await GetAsync(), "access-2", 3);
    }

    [Fact]
    public async Task A_new_grant_is_stored_after_an_outage()
    {
        await StoreExpiredAsync();
        AnswerOddly(storeAway: true);
        AssertRefuses(await GetAsync(), GatewayError.CredentialUnavailable);
        Assert.Equal("refresh-1", Assert.Single(Instance.Journal.Kept).Next.Grant.RefreshToken.Reveal());
        Clock.Advance(TimeSpan.FromSeconds(30));
        AssertRefuses(await GetAsync(), GatewayError.CredentialUnavailable);
        Assert.Equal(1, Server.Calls);

        Store.Away = false;
        var stopping = Instance.StopAsync();
        await LandAsync();
        await stopping.WaitAsync(Eventually.Patience);

        Assert.Empty(Instance.Journal.Kept);
        AssertServes(await GetAsync(), "access-2", 3);
        AssertPresented("refresh-0", "refresh-1");
    }

    [Fact]
    public async Task After_a_crash_during_an_outage_the_next_process_presents_the_new_grant()
    {
        await StoreExpiredAsync();
        AnswerOddly(storeAway: true);
        AssertRefuses(await GetAsync(), GatewayError.CredentialUnavailable);
        Store.Away = false;
        var later = new ManualClock();
        later.Advance(TimeSpan.FromSeconds(30));
        Store.Forget(Some.Acme);
        await using var next = new GatewayInstance(Store, later, journal: Instance.Journal);

        await next.ReplayAsync();

        AssertServes(await GetAsync(next), "access-2", 3);
        AssertPresented("refresh-0", "refresh-1");
    }

    private async Task<(RefreshOutcome Outcome, string Reason)> RefreshNowAsync()
    {
        var result = await RefreshAsync();
        return (result.Outcome, result.Reason);
    }

    private void AssertPresented(params string[] grants) =>
        Assert.Equal(grants, Server.Requests.Select(static request => request.Form["refresh_token"]));

    // Fails once, then succeeds.
    private void AnswerOddly(bool storeAway = false) => Server.Answer = async (context, form) =>
    {
        Server.Answer = Server.RotateAsync;
        Assert.Equal(Server.CurrentRefreshToken, form["refresh_token"]);
        Server.CurrentRefreshToken = $"refresh-{Server.Calls}";
        Store.Away = storeAway;
        await context.Response.WriteAsJsonAsync(new { access_token = "not\nsafe", refresh_token = Server.CurrentRefreshToken });
    };

    // Also until the lease is released: a waiting instance would wait on the manual clock.
    private Task LandAsync() => Eventually.TrueAsync(
        async () =>
        {
            Clock.Advance(TimeSpan.FromSeconds(1));
            return !Instance.Outbox.Pending.Any() && !await Store.IsLeasedAsync(Some.Acme, CancellationToken.None);
        }, () => "The grant was not stored.");
}
