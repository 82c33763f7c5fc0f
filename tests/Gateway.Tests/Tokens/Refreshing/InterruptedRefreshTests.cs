using Gateway.Model;

namespace Gateway.Tests.Tokens.Refreshing;

/// <summary>A process dies, stands still or is cut off between its intent and the end of it; another one finds the connection like that.</summary>
public sealed class InterruptedRefreshTests : RefreshStage
{
    private static readonly TimeSpan LeaseLength = TimeSpan.FromSeconds(31);

    [Fact]
    public async Task The_intent_is_in_the_store_while_the_call_is_made_and_gone_after_it()
    {
        var first = await StoreExpiredAsync();
        Connection? during = null;
        DuringTheCall(async () => during = await StoredAsync());

        AssertServes(await GetAsync(), "access-1", 2);

        Assert.True(during!.Intent!.Spends(first.Grant));
        Assert.Equal((1L, Clock.GetUtcNow()), (during.Generation, during.Intent.Since));
        Assert.Null((await StoredAsync())!.Intent);
    }

    [Theory]
    [InlineData(503, "{}")]
    [InlineData(400, """{"error":"invalid_grant"}""")]
    [InlineData(401, """{"error":"invalid_client"}""")]
    public async Task A_failure_takes_the_intent_out_too(int status, string body)
    {
        await StoreExpiredAsync();
        Server.Say(status, body);

        Assert.Null((await GetAsync()).Credential);
        var stored = await StoredAsync();
        Assert.NotNull(stored!.LastFailure);
        Assert.Null(stored.Intent);
    }

    [Fact]
    public async Task Without_a_recorded_intent_no_call_is_made()
    {
        await StoreExpiredAsync();
        Store.Intended = () => Store.Away = true;

        AssertRefuses(await GetAsync(), GatewayError.CredentialUnavailable);
        Assert.Equal(0, Server.Calls);

        // It was stored, and only the answer was lost: it is taken out again.
        Store.Intended = null;
        Assert.NotNull((await UncheckedAsync()).Intent);
        await SettleAsync();
        Assert.Null((await StoredAsync())!.Intent);
        AssertServes(await GetAsync(), "access-1", 2);
        Assert.Equal(1, Server.Calls);
    }

    [Fact]
    public async Task Past_any_grace_the_connection_is_to_be_authorised_again_and_the_grant_is_not_presented()
    {
        await InterruptAsync();

        AssertRefuses(await GetAsync(), GatewayError.ReauthorizationRequired);
        AssertRefuses(await GetAsync(), GatewayError.ReauthorizationRequired);
        var stored = await StoredAsync();
        Assert.Equal(("refresh_interrupted", RefreshOutcome.Permanent, 1L), (stored!.LastFailure!.Reason, stored.LastFailure.Outcome, stored.Generation));
        Assert.Equal(("refresh-0", "access-0"), (stored.Grant.RefreshToken.Reveal(), stored.Token!.Value.Reveal()));
        Assert.NotNull(stored.DeadSince);
        Assert.Equal(0, Server.Calls);
    }

    [Fact]
    public async Task The_answer_says_why_and_since_when()
    {
        await InterruptAsync();

        var failure = (await GetAsync()).Failure!;
        Assert.Contains("refresh_interrupted", failure.Detail, StringComparison.Ordinal);
        Assert.Contains("2030-01-01", failure.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Within_the_grace_the_grant_is_presented_once_more()
    {
        UseGrace(TimeSpan.FromMinutes(2));
        await InterruptAsync();
        Clock.Advance(LeaseLength);

        AssertServes(await GetAsync(), "access-1", 2);
        Assert.Equal("refresh-0", Server.Requests.Single().Form["refresh_token"]);
        Assert.Null((await StoredAsync())!.Intent);
    }

    [Fact]
    public async Task Presenting_again_does_not_stretch_the_grace()
    {
        UseGrace(TimeSpan.FromMinutes(2));
        var since = (await InterruptAsync()).Intent!.Since;
        Clock.Advance(LeaseLength);
        Server.Say(503, "{}");
        AssertRefuses(await GetAsync(), GatewayError.CredentialUnavailable);
        Assert.Equal(since, (await StoredAsync())!.Intent!.Since);

        Clock.Advance(TimeSpan.FromMinutes(1));
        AssertRefuses(await GetAsync(), GatewayError.CredentialUnavailable);
        Assert.Equal(2, Server.Calls);

        Clock.Advance(TimeSpan.FromMinutes(1));
        Server.Answer = Server.RotateAsync;
        AssertRefuses(await GetAsync(), GatewayError.ReauthorizationRequired);
        Assert.Equal(2, Server.Calls);
    }

    [Fact]
    public async Task A_token_that_still_serves_goes_on_serving_without_a_call()
    {
        await InterruptAsync(await StoreAsync(Some.Connection(Clock.GetUtcNow().AddMinutes(1))));

        for (var request = 0; request < 3; request++)
        {
            AssertServes(await GetAsync(), "access-0", 1);
        }

        await Eventually.TrueAsync(
            async () => (await StoredAsync())!.LastFailure?.Reason == "refresh_interrupted", () => "Nobody noted the interruption.");
        Assert.Null((await StoredAsync())!.DeadSince);

        // Whoever came while it is still in the air would be given what it found.
        await Eventually.TrueAsync(() => !Instance.Refresher.InFlight.Any(), "The renewal in the background never ended.");
        Clock.Advance(TimeSpan.FromMinutes(1));
        AssertRefuses(await GetAsync(), GatewayError.ReauthorizationRequired);
        Assert.Equal(0, Server.Calls);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_rejected_token_does_not_go_on_serving(bool noted)
    {
        await InterruptAsync(await StoreUsableAsync());
        var rejected = (await GetAsync()).Credential!;
        if (noted)
        {
            await Instance.Refresher.RefreshAsync(new(Provider, Some.Acme, RefreshTrigger.Expiry, 1), CancellationToken.None);
            Assert.Null((await StoredAsync())!.DeadSince);
        }

        AssertRefuses(await ReplaceAsync(rejected), GatewayError.ReauthorizationRequired);
        AssertRefuses(await GetAsync(), GatewayError.ReauthorizationRequired);
        Assert.Equal(0, Server.Calls);
    }

    [Fact]
    public async Task An_operators_refresh_gets_out_of_it()
    {
        await InterruptAsync();
        AssertRefuses(await GetAsync(), GatewayError.ReauthorizationRequired);

        Assert.Null((await RefreshAsync()).Failure);
        AssertServes(await GetAsync(), "access-1", 2);
        Assert.Null((await StoredAsync())!.DeadSince);
    }

    [Fact]
    public async Task An_operators_refresh_that_the_provider_refuses_makes_the_grant_dead_for_good()
    {
        await InterruptAsync();
        AssertRefuses(await GetAsync(), GatewayError.ReauthorizationRequired);
        Server.CurrentRefreshToken = "another";

        Assert.NotNull((await RefreshAsync()).Failure);
        Assert.NotNull((await RefreshAsync()).Failure);
        Assert.Equal(("invalid_grant", 1), ((await StoredAsync())!.LastFailure!.Reason, Server.Calls));
    }

    [Fact]
    public async Task An_operators_new_grant_gets_out_of_it()
    {
        await InterruptAsync();
        AssertRefuses(await GetAsync(), GatewayError.ReauthorizationRequired);
        Server.CurrentRefreshToken = "put";
        await PutAsync(Some.Connection(Clock.GetUtcNow(), "put"));

        await ServesAtLastAsync();
        Assert.Equal((null, "refresh-1"), ((await StoredAsync())!.Intent, (await StoredAsync())!.Grant.RefreshToken.Reveal()));
    }

    [Fact]
    public async Task Client_credentials_record_no_intent_and_are_never_interrupted()
    {
        Provider = Some.Provider(Some.Client(Server.Url, OAuthGrant.ClientCredentials));
        await StoreExpiredAsync();
        Connection? during = null;
        DuringTheCall(async () => during = await StoredAsync());

        Assert.NotNull((await GetAsync()).Credential);
        Assert.Null(during!.Intent);
    }

    [Fact]
    public async Task A_pair_that_comes_late_wins_over_the_interruption()
    {
        await using var sleeper = new GatewayInstance(Store, StoppedClock);
        await StoreExpiredAsync();
        DuringTheCall(async () =>
        {
            Clock.Advance(LeaseLength);
            AssertRefuses(await GetAsync(), GatewayError.ReauthorizationRequired);
        });

        AssertServes(await GetAsync(sleeper), "access-1", 2);
        await LandsAsync(static stored => stored.Generation == 2, "The late pair never landed.");
        var stored = await StoredAsync();
        Assert.Equal(("refresh-1", null, null), (stored!.Grant.RefreshToken.Reveal(), stored.DeadSince, stored.Intent));
        await ServesAtLastAsync();
        Assert.Equal(1, Server.Requests.Count(static request => request.Form["refresh_token"] == "refresh-0"));
    }

    [Fact]
    public async Task A_failure_that_comes_late_ends_the_interruption()
    {
        await using var sleeper = new GatewayInstance(Store, StoppedClock);
        await StoreExpiredAsync();
        Server.Answer = async (context, _) =>
        {
            Clock.Advance(LeaseLength);
            AssertRefuses(await GetAsync(), GatewayError.ReauthorizationRequired);
            context.Response.StatusCode = 503;
        };

        AssertRefuses(await GetAsync(sleeper), GatewayError.CredentialUnavailable);
        await LandsAsync(static stored => stored.DeadSince is null, "The failure never landed.");
        Assert.Equal(("http_503", null), ((await StoredAsync())!.LastFailure!.Reason, (await StoredAsync())!.Intent));

        Server.Answer = Server.RotateAsync;
        Clock.Advance(TimeSpan.FromMinutes(2));
        await ServesAtLastAsync();
    }

    [Fact]
    public async Task A_failure_that_the_store_did_not_take_is_no_interruption()
    {
        await StoreExpiredAsync();
        Server.Answer = (context, _) =>
        {
            Store.Away = true;
            context.Response.StatusCode = 503;
            return Task.CompletedTask;
        };
        AssertRefuses(await GetAsync(), GatewayError.CredentialUnavailable);
        Server.Answer = Server.RotateAsync;
        Store.Away = false;
        await SettleAsync();
        Assert.Equal(("http_503", null), ((await StoredAsync())!.LastFailure!.Reason, (await StoredAsync())!.Intent));

        // The lease may be given back a moment later only; who finds it taken looks again after a while, on this clock.
        Clock.Advance(TimeSpan.FromMinutes(2));
        AssertServes(await Clock.RunUntilAsync(GetAsync(), TimeSpan.FromSeconds(5)), "access-2", 2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_late_pair_gives_way_to_a_replacement_that_has_come_to_the_same_generation(bool removed)
    {
        await using var sleeper = new GatewayInstance(Store, StoppedClock);
        var put = await StoreExpiredAsync() with { Grant = Grant.None with { RefreshToken = new("put") }, Token = new(new("put"), DateTimeOffset.MaxValue) };
        DuringTheCall(async () =>
        {
            Clock.Advance(LeaseLength);
            if (removed)
            {
                await Store.RemoveAsync(Some.Acme, CancellationToken.None);
            }

            Assert.Equal(2, (await PutAsync(put)).Generation);
        });

        AssertServes(await GetAsync(sleeper), "put", 2);
        Assert.Equal(("put", 2L), ((await StoredAsync())!.Grant.RefreshToken.Reveal(), (await StoredAsync())!.Generation));
        Assert.Empty(sleeper.Unsaved.Pending);
        Assert.Empty(sleeper.Journal.Kept);
    }

    /// <summary>What a SIGKILL between the intent and the end leaves behind; the lease has run out.</summary>
    private async Task<Connection> InterruptAsync(Connection? stored = null)
    {
        stored ??= await StoreExpiredAsync();
        var lease = (await Store.TryLeaseAsync(Some.Acme, TimeSpan.FromSeconds(30), CancellationToken.None))!;
        var intended = stored with { Intent = RefreshIntent.Of(stored.Grant, "dead/1", null, Clock.GetUtcNow()), Fence = lease.Fence };
        Assert.True(await Store.TryIntendAsync(intended, lease, TimeSpan.FromSeconds(30), CancellationToken.None));
        await Store.ReleaseAsync(lease, CancellationToken.None);
        return intended;
    }

    // Once word of the change has come around.
    private Task ServesAtLastAsync() => Eventually.TrueAsync(
        async () => (await GetAsync()).Credential is not null, () => "The connection never served again.");

    private void UseGrace(TimeSpan grace) => Provider = Some.Provider(Some.Client(Server.Url, reuseGrace: grace));

    private Task SettleAsync() => Eventually.TrueAsync(
        () =>
        {
            Clock.Advance(TimeSpan.FromMilliseconds(100));
            return !Instance.Unsaved.Pending.Any();
        },
        "Something stays unsaved.");

    private async Task<Connection> UncheckedAsync()
    {
        Store.Away = false;
        return (await StoredAsync())!;
    }
}
