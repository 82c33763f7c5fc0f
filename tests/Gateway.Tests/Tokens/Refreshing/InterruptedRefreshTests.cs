using Gateway.Model;

namespace Gateway.Tests.Tokens.Refreshing;

/// <summary>
/// A process dies, freezes or loses the store between recording an intent and removing it; another one finds the intent.
/// </summary>
public sealed class InterruptedRefreshTests : RefreshStage
{
    private static readonly TimeSpan LeaseLength = TimeSpan.FromSeconds(31);

    private TimeSpan Wait => Provider.OAuth!.InterruptedWait;

    [Fact]
    public async Task The_intent_is_stored_during_the_call_and_removed_after_it()
    {
        await StoreExpiredAsync();
        RefreshIntent? during = null;
        DuringTheCall(() =>
        {
            during = Store.IntentOf(Some.Acme);
            return Task.CompletedTask;
        });

        AssertServes(await GetAsync(), "access-1", 2);

        Assert.Equal((Instance.Instances.Id, Clock.GetUtcNow()), (during!.Instance, during.Since));
        Assert.Null(Store.IntentOf(Some.Acme));
    }

    [Theory]
    [InlineData(503, "{}")]
    [InlineData(400, """{"error":"invalid_grant"}""")]
    [InlineData(401, """{"error":"invalid_client"}""")]
    public async Task A_failed_refresh_removes_its_intent(int status, string body)
    {
        await StoreExpiredAsync();
        Server.Say(status, body);

        Assert.Null((await GetAsync()).Credential);
        Assert.NotNull((await StoredAsync())!.LastFailure);
        Assert.Null(Store.IntentOf(Some.Acme));
        Assert.False(await Store.IsLeasedAsync(Some.Acme, CancellationToken.None));
    }

    [Fact]
    public async Task Without_a_recorded_intent_no_call_is_made()
    {
        await StoreExpiredAsync();
        Store.Intended = () => Store.Away = true;

        AssertRefuses(await GetAsync(), GatewayError.CredentialUnavailable);
        Assert.Equal(0, Server.Calls);

        // The intent was stored and only the answer was lost: the instance removes it and releases the lease.
        Store.Intended = null;
        Store.Away = false;
        Assert.NotNull(Store.IntentOf(Some.Acme));
        await SettleAsync();
        Assert.Null(Store.IntentOf(Some.Acme));
        await using var other = new GatewayInstance(Store, Clock);
        AssertServes(await GetAsync(other), "access-1", 2);
        Assert.Equal(1, Server.Calls);
    }

    [Fact]
    public async Task The_instance_whose_begin_was_not_answered_begins_again_as_soon_as_the_store_answers()
    {
        await StoreExpiredAsync();
        Store.Intended = () => Store.Away = true;
        AssertRefuses(await GetAsync(), GatewayError.CredentialUnavailable);
        Store.Intended = null;
        AssertRefuses(await GetAsync(), GatewayError.CredentialUnavailable);

        Store.Away = false;
        AssertServes(await GetAsync(), "access-1", 2);
    }

    [Fact]
    public async Task During_the_wait_callers_without_a_token_get_503_and_the_grant_is_not_presented()
    {
        await StoreExpiredAsync();
        await InterruptAsync();
        Clock.Advance(TimeSpan.FromMinutes(1));

        var failure = (await GetAsync()).Failure!;
        Assert.Equal((GatewayError.CredentialUnavailable, Wait - TimeSpan.FromMinutes(1)), (failure.Error, failure.RetryAfter));
        Assert.Contains("refresh_interrupted", failure.Detail, StringComparison.Ordinal);
        AssertRefuses(await GetAsync(), GatewayError.CredentialUnavailable);

        var stored = (await StoredAsync())!;
        Assert.Equal(
            ("refresh_interrupted", RefreshOutcome.Transient, 1L),
            (stored.LastFailure!.Reason, stored.LastFailure.Outcome, stored.Generation));
        Assert.Equal(("refresh-0", "access-0", null), (stored.Grant.RefreshToken.Reveal(), stored.Token!.Value.Reveal(), stored.DeadSince));
        Assert.Equal(ConnectionStatus.Unavailable, stored.StatusAt(Clock.GetUtcNow()));
        Assert.Equal(0, Server.Calls);
    }

    [Fact]
    public async Task After_the_wait_the_grant_is_presented_once_more_and_an_unspent_one_recovers_the_connection()
    {
        await StoreExpiredAsync();
        await InterruptAsync();
        AssertRefuses(await GetAsync(), GatewayError.CredentialUnavailable);
        Clock.Advance(Wait);

        AssertServes(await GetAsync(), "access-1", 2);
        Assert.Equal("refresh-0", Server.Requests.Single().Form["refresh_token"]);
        Assert.Equal((null, null), (Store.IntentOf(Some.Acme), (await StoredAsync())!.LastFailure));
    }

    [Fact]
    public async Task A_spent_grant_needs_reauthorization_and_is_not_presented_again()
    {
        await StoreExpiredAsync();
        await InterruptAsync();
        Server.CurrentRefreshToken = "the answer that never came";
        Clock.Advance(Wait);

        var failure = (await GetAsync()).Failure!;
        Assert.Equal(GatewayError.ReauthorizationRequired, failure.Error);
        Assert.Contains("refresh_interrupted", failure.Detail, StringComparison.Ordinal);
        Assert.Contains("2030-01-01", failure.Detail, StringComparison.Ordinal);
        AssertRefuses(await GetAsync(), GatewayError.ReauthorizationRequired);
        await RefreshAsync();
        Assert.Equal((1, RefreshOutcome.Permanent), (Server.Calls, (await StoredAsync())!.LastFailure!.Outcome));
        Assert.Null(Store.IntentOf(Some.Acme));
    }

    [Fact]
    public async Task The_intent_and_the_lease_of_a_dead_instance_cause_no_wait()
    {
        await using var dead = new GatewayInstance(Store, Clock, machine: Instance.Instances);
        dead.Instances.Kill();
        await StoreExpiredAsync();
        await Store.BeginAsync(
            new RefreshBegin(Some.Acme, AttemptId.New(dead.Instances.Id), 1, TimeSpan.FromMinutes(1)), CancellationToken.None);

        AssertServes(await GetAsync(), "access-1", 2);
        Assert.Equal("refresh-0", Server.Requests.Single().Form["refresh_token"]);
    }

    [Fact]
    public async Task Within_the_grace_the_grant_is_presented_at_once()
    {
        UseGrace(TimeSpan.FromMinutes(2));
        await StoreExpiredAsync();
        await InterruptAsync();
        Clock.Advance(LeaseLength);

        AssertServes(await GetAsync(), "access-1", 2);
        Assert.Equal("refresh-0", Server.Requests.Single().Form["refresh_token"]);
        Assert.Null(Store.IntentOf(Some.Acme));
    }

    [Fact]
    public async Task Presenting_the_grant_again_extends_neither_the_grace_nor_the_wait()
    {
        UseGrace(TimeSpan.FromMinutes(2));
        await StoreExpiredAsync();
        await InterruptAsync();
        var since = Store.IntentOf(Some.Acme)!.Since;
        Clock.Advance(LeaseLength);
        Server.Say(503, "{}");
        AssertRefuses(await GetAsync(), GatewayError.CredentialUnavailable);
        Assert.Equal(since, Store.IntentOf(Some.Acme)!.Since);

        Clock.Advance(TimeSpan.FromMinutes(1));
        AssertRefuses(await GetAsync(), GatewayError.CredentialUnavailable);
        Assert.Equal(2, Server.Calls);

        Clock.Advance(TimeSpan.FromMinutes(1));
        Server.Answer = Server.RotateAsync;
        AssertRefuses(await GetAsync(), GatewayError.CredentialUnavailable);
        Assert.Equal(2, Server.Calls);

        Clock.Advance(since + Wait - Clock.GetUtcNow());
        AssertServes(await GetAsync(), "access-3", 2);
    }

    [Fact]
    public async Task A_valid_token_serves_during_the_interruption_without_a_call()
    {
        await StoreAsync(Some.Connection(Clock.GetUtcNow().AddMinutes(1)));
        await InterruptAsync();

        for (var request = 0; request < 3; request++)
        {
            AssertServes(await GetAsync(), "access-0", 1);
        }

        await Eventually.TrueAsync(
            async () => (await StoredAsync())!.LastFailure?.Reason == "refresh_interrupted", () => "The interruption was not recorded.");
        Assert.Null((await StoredAsync())!.DeadSince);

        // A caller that joins the refresh in flight would get its result.
        await Eventually.TrueAsync(() => !Instance.Refresher.InFlight.Any(), "The background renewal did not end.");
        Clock.Advance(TimeSpan.FromMinutes(1));
        AssertRefuses(await GetAsync(), GatewayError.CredentialUnavailable);
        Assert.Equal(0, Server.Calls);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_rejected_token_does_not_serve_during_the_interruption(bool noted)
    {
        await StoreUsableAsync();
        await InterruptAsync();
        var rejected = (await GetAsync()).Credential!;
        if (noted)
        {
            await Instance.Refresher.RefreshAsync(new(Provider, Some.Acme, RefreshTrigger.Expiry, 1), CancellationToken.None);
            Assert.Null((await StoredAsync())!.DeadSince);
        }

        AssertRefuses(await ReplaceAsync(rejected), GatewayError.CredentialUnavailable);
        AssertRefuses(await GetAsync(), GatewayError.CredentialUnavailable);
        Assert.Equal(0, Server.Calls);
        Clock.Advance(Wait);
        AssertServes(await GetAsync(), "access-1", 2);
    }

    [Fact]
    public async Task A_refresh_by_an_operator_does_not_wait()
    {
        await StoreExpiredAsync();
        await InterruptAsync();
        AssertRefuses(await GetAsync(), GatewayError.CredentialUnavailable);

        Assert.Null((await RefreshAsync()).Failure);
        AssertServes(await GetAsync(), "access-1", 2);
        Assert.Null((await StoredAsync())!.LastFailure);
    }

    [Fact]
    public async Task A_new_grant_from_an_operator_ends_the_interruption()
    {
        await StoreExpiredAsync();
        await InterruptAsync();
        AssertRefuses(await GetAsync(), GatewayError.CredentialUnavailable);
        Server.CurrentRefreshToken = "put";
        await PutAsync(Some.Connection(Clock.GetUtcNow(), "put"));

        await ServesAtLastAsync();
        Assert.Equal("refresh-1", (await StoredAsync())!.Grant.RefreshToken.Reveal());
    }

    [Fact]
    public async Task Client_credentials_record_no_intent_and_are_never_interrupted()
    {
        Provider = Some.Provider(Some.Client(Server.Url, OAuthGrant.ClientCredentials));
        await StoreExpiredAsync();
        RefreshIntent? during = null;
        DuringTheCall(() =>
        {
            during = Store.IntentOf(Some.Acme);
            return Task.CompletedTask;
        });

        Assert.NotNull((await GetAsync()).Credential);
        Assert.Null(during);
    }

    [Fact]
    public async Task The_grant_of_an_intent_of_an_older_version_is_presented_after_the_wait()
    {
        await StoreAsync(
            Some.Connection(new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero)) with
            {
                Intent = new("attempt", "machine/1", Clock.GetUtcNow(), Clock.GetUtcNow()),
            });
        AssertRefuses(await GetAsync(), GatewayError.CredentialUnavailable);
        Assert.Equal((0, null), (Server.Calls, Store.IntentOf(Some.Acme)));

        Clock.Advance(Wait);
        AssertServes(await GetAsync(), "access-1", 2);
        Assert.Null((await StoredAsync())!.Intent);
    }

    [Fact]
    public async Task An_operator_may_retry_once_an_interruption_that_an_older_version_gave_up()
    {
        var now = Clock.GetUtcNow();
        await StoreAsync(Some.Connection(new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero)) with
        {
            Intent = new("attempt", "machine/1", now, now),
            DeadSince = now,
            LastFailure = new(RefreshOutcome.Permanent, RefreshFailure.Interrupted, now, 1, DateTimeOffset.MaxValue),
        });
        AssertRefuses(await GetAsync(), GatewayError.ReauthorizationRequired);

        Assert.Null((await RefreshAsync()).Failure);
        AssertServes(await GetAsync(), "access-1", 2);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_late_token_pair_is_kept_after_another_instance_handled_the_interruption(bool presented)
    {
        await using var sleeper = new GatewayInstance(Store, StoppedClock);
        await StoreExpiredAsync();
        Server.Answer = async (context, form) =>
        {
            // The provider has rotated; its answer arrives after the lease has expired.
            Server.CurrentRefreshToken = "the sleeper's";
            Server.Answer = Server.RotateAsync;
            Clock.Advance(presented ? Wait : LeaseLength);
            AssertRefuses(await GetAsync(), presented ? GatewayError.ReauthorizationRequired : GatewayError.CredentialUnavailable);
            await context.Response.WriteAsJsonAsync(new { access_token = "late", expires_in = 36000, refresh_token = "the sleeper's" });
        };

        AssertServes(await GetAsync(sleeper), "late", 2);
        await LandsAsync(static stored => stored.Generation == 2, "The late token pair was not stored.");
        var stored = await StoredAsync();
        Assert.Equal(("the sleeper's", null, null), (stored!.Grant.RefreshToken.Reveal(), stored.DeadSince, Store.IntentOf(Some.Acme)));
        Assert.Equal(presented ? 2 : 1, Server.Requests.Count(static request => request.Form["refresh_token"] == "refresh-0"));
    }

    [Fact]
    public async Task A_late_failure_ends_the_interruption()
    {
        await using var sleeper = new GatewayInstance(Store, StoppedClock);
        await StoreExpiredAsync();
        Server.Answer = async (context, _) =>
        {
            Clock.Advance(LeaseLength);
            AssertRefuses(await GetAsync(), GatewayError.CredentialUnavailable);
            context.Response.StatusCode = 503;
        };

        AssertRefuses(await GetAsync(sleeper), GatewayError.CredentialUnavailable);
        await LandsAsync(static stored => stored.LastFailure!.Reason == "http_503", "The failure was not stored.");
        Assert.Null(Store.IntentOf(Some.Acme));

        Server.Answer = Server.RotateAsync;
        Clock.Advance(TimeSpan.FromMinutes(2));
        await ServesAtLastAsync();
    }

    [Fact]
    public async Task A_failure_that_could_not_be_stored_is_not_an_interruption()
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
        Assert.Equal(("http_503", null), ((await StoredAsync())!.LastFailure!.Reason, Store.IntentOf(Some.Acme)));

        Clock.Advance(TimeSpan.FromMinutes(2));
        AssertServes(await Clock.RunUntilAsync(GetAsync(), TimeSpan.FromSeconds(5)), "access-2", 2);
    }

    [Fact]
    public async Task A_clean_stop_removes_its_instance_file_unless_writes_are_pending()
    {
        await StoreExpiredAsync();
        await GetAsync();
        await Instance.StopAsync();
        Assert.True(Instance.Instances.IsRetired);

        await using var other = new GatewayInstance(Store, Clock);
        DuringTheCall(() =>
        {
            Store.Away = true;
            return Task.CompletedTask;
        });
        Clock.Advance(TimeSpan.FromHours(2));
        await GetAsync(other);
        var stopping = other.StopAsync();
        Clock.Advance(TimeSpan.FromSeconds(21));
        await stopping.WaitAsync(Eventually.Patience);
        Assert.False(other.Instances.IsRetired);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_late_token_pair_yields_to_a_replacement_of_the_same_generation(bool removed)
    {
        await using var sleeper = new GatewayInstance(Store, StoppedClock);
        var put = await StoreExpiredAsync() with
        {
            Grant = Grant.None with { RefreshToken = new("put") },
            Token = new(new("put"), DateTimeOffset.MaxValue),
        };
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
        await Eventually.TrueAsync(() => !sleeper.Outbox.Pending.Any());
        Assert.Empty(sleeper.Journal.Kept);
    }

    // After the change message has arrived.
    private Task ServesAtLastAsync() => Eventually.TrueAsync(
        async () => (await GetAsync()).Credential is not null, () => "The connection does not serve.");

    private void UseGrace(TimeSpan grace) => Provider = Some.Provider(Some.Client(Server.Url, reuseGrace: grace));

    private Task SettleAsync() => Eventually.TrueAsync(
        () =>
        {
            Clock.Advance(TimeSpan.FromMilliseconds(100));
            return !Instance.Outbox.Pending.Any();
        },
        "A write is still pending.");
}
