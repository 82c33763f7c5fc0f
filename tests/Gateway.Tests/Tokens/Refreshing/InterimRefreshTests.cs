using Gateway.Model;

namespace Gateway.Tests.Tokens.Refreshing;

/// <summary>
/// During a store outage an instance requests its own token for client credentials, because no grant can be lost.
/// </summary>
public sealed class InterimRefreshTests : RefreshStage
{
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Provider = Some.Provider(Some.Client(Server.Url, OAuthGrant.ClientCredentials));
        await StoreAsync(new Connection { Id = Some.Acme, Generation = 1, Grant = Grant.None });
        AssertServes(await GetAsync(), "access-1", 2);
    }

    [Fact]
    public async Task An_expired_token_is_replaced_without_a_new_generation()
    {
        GoAway(TimeSpan.FromHours(2));

        AssertServes(await GetAsync(), "access-2", 2);
        AssertServes(await GetAsync(), "access-2", 2);
        Assert.Equal(2, Server.Calls);
        Assert.False(Instance.Outbox.Pending.Any());
    }

    [Fact]
    public async Task An_interim_token_is_renewed_repeatedly_in_a_long_outage()
    {
        GoAway(TimeSpan.FromHours(2));
        for (var call = 2; call < 6; call++)
        {
            AssertServes(await GetAsync(), $"access-{call}", 2);
            Clock.Advance(TimeSpan.FromHours(2));
        }
    }

    [Fact]
    public async Task A_token_about_to_expire_is_replaced_in_the_background()
    {
        GoAway(TimeSpan.FromMinutes(58));

        AssertServes(await GetAsync(), "access-1", 2);
        await Eventually.TrueAsync(async () => (await GetAsync()).Credential?.Headers.Single().Value == "Bearer access-2");
        Assert.Equal(2, Server.Calls);
    }

    [Fact]
    public async Task Concurrent_requests_cause_one_call()
    {
        GoAway(TimeSpan.FromHours(2));

        var results = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(() => GetAsync())));

        Assert.All(results, static result => AssertServes(result, "access-2", 2));
        Assert.Equal(2, Server.Calls);
    }

    [Fact]
    public async Task A_refused_token_and_its_replacement_are_both_replaced()
    {
        var first = (await GetAsync()).Credential!;
        Store.Away = true;

        var results = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(() => ReplaceAsync(first))));
        Assert.All(results, static result => AssertServes(result, "access-2", 2));
        AssertServes(await ReplaceAsync(first), "access-2", 2);

        var second = results[0].Credential!;
        AssertServes(await ReplaceAsync(second), "access-3", 2);
        AssertServes(await ReplaceAsync(second), "access-3", 2);
        Assert.Equal(3, Server.Calls);
    }

    [Fact]
    public async Task An_interim_token_refused_after_the_outage_is_refreshed_through_the_store()
    {
        GoAway(TimeSpan.FromHours(2));
        var interim = (await GetAsync()).Credential!;
        Store.Away = false;

        AssertServes(await ReplaceAsync(interim), "access-3", 3);
        Assert.Equal((3L, "access-3"), await StoredTokenAsync());
    }

    [Fact]
    public async Task A_refused_interim_token_yields_to_a_token_stored_by_another_instance()
    {
        GoAway(TimeSpan.FromHours(2));
        var interim = (await GetAsync()).Credential!;
        Store.Away = false;
        Store.Muted = true;
        await using var other = new GatewayInstance(Store, Clock);
        AssertServes(await GetAsync(other), "access-3", 3);

        AssertServes(await ReplaceAsync(interim), "access-3", 3);
        Assert.Equal(3, Server.Calls);
    }

    [Fact]
    public async Task A_token_stored_by_another_instance_replaces_the_interim_token_at_once()
    {
        GoAway(TimeSpan.FromHours(2));
        AssertServes(await GetAsync(), "access-2", 2);
        Store.Away = false;
        await using var other = new GatewayInstance(Store, Clock);
        AssertServes(await GetAsync(other), "access-3", 3);

        await Eventually.TrueAsync(async () => (await GetAsync()).Credential?.Generation == 3);
        AssertServes(await GetAsync(), "access-3", 3);
    }

    [Fact]
    public async Task After_the_outage_the_interim_token_serves_until_it_expires_and_the_next_one_is_stored()
    {
        GoAway(TimeSpan.FromHours(2));
        AssertServes(await GetAsync(), "access-2", 2);
        Store.Away = false;
        await RereadAsync();

        AssertServes(await GetAsync(), "access-2", 2);
        Assert.Equal((2L, "access-1"), await StoredTokenAsync());
        Clock.Advance(TimeSpan.FromHours(2));
        AssertServes(await GetAsync(), "access-3", 3);
        Assert.Equal((3L, "access-3"), await StoredTokenAsync());
    }

    [Fact]
    public async Task A_connection_removed_during_the_outage_stays_removed()
    {
        GoAway(TimeSpan.FromHours(2));
        AssertServes(await GetAsync(), "access-2", 2);
        Store.Away = false;
        await Store.RemoveAsync(Some.Acme, CancellationToken.None);

        AssertRefuses(await GetAsync(), GatewayError.ConnectionNotFound);
    }

    [Fact]
    public async Task A_connection_put_by_an_operator_during_the_outage_stays()
    {
        GoAway(TimeSpan.FromHours(2));
        AssertServes(await GetAsync(), "access-2", 2);
        Store.Away = false;
        await PutAsync(
            new Connection { Id = Some.Acme, Generation = 0, Grant = Grant.None, Token = new(new("put"), DateTimeOffset.MaxValue) });

        await Eventually.TrueAsync(async () => (await GetAsync()).Credential?.Headers.Single().Value == "Bearer put");
    }

    [Fact]
    public async Task A_failing_token_endpoint_is_called_again_only_after_the_backoff()
    {
        GoAway(TimeSpan.FromHours(2));
        Server.Say(503, "no");
        for (var request = 0; request < 5; request++)
        {
            var refused = await GetAsync();
            AssertRefuses(refused, GatewayError.CredentialUnavailable);
            Assert.NotNull(refused.Failure!.RetryAfter);
        }

        Assert.Equal(2, Server.Calls);
        Server.Answer = Server.RotateAsync;
        Clock.Advance(TimeSpan.FromSeconds(3));
        AssertServes(await GetAsync(), "access-3", 2);
    }

    [Fact]
    public async Task A_refused_token_without_a_replacement_is_not_sent_again()
    {
        GoAway(TimeSpan.FromHours(2));
        var interim = (await GetAsync()).Credential!;
        Server.Say(503, "no");

        AssertRefuses(await ReplaceAsync(interim), GatewayError.CredentialUnavailable);
        AssertRefuses(await ReplaceAsync(interim), GatewayError.CredentialUnavailable);
        AssertRefuses(await GetAsync(), GatewayError.CredentialUnavailable);
        Assert.Equal(3, Server.Calls);
    }

    [Fact]
    public async Task A_refused_client_raises_the_alarm_also_during_an_outage()
    {
        GoAway(TimeSpan.FromHours(2));
        Server.Say(401, """{"error":"invalid_client"}""");

        AssertRefuses(await GetAsync(), GatewayError.ProviderMisconfigured);
        AssertRefuses(await GetAsync(), GatewayError.ProviderMisconfigured);
        Assert.Equal(2, Server.Calls);

        Server.Answer = Server.RotateAsync;
        Clock.Advance(TimeSpan.FromSeconds(3));
        AssertServes(await GetAsync(), "access-3", 2);
    }

    [Fact]
    public async Task An_outage_during_the_call_leaves_a_usable_token_and_no_pending_write()
    {
        Clock.Advance(TimeSpan.FromHours(2));
        DuringTheCall(() =>
        {
            Store.Away = true;
            return Task.CompletedTask;
        });

        AssertServes(await GetAsync(), "access-2", 2);
        AssertServes(await GetAsync(), "access-2", 2);
        Assert.False(Instance.Outbox.Pending.Any());
        await Instance.StopAsync();
    }

    [Fact]
    public async Task A_store_that_refuses_writes_is_treated_as_unavailable()
    {
        Clock.Advance(TimeSpan.FromHours(2));
        Store.ReadOnly = true;

        AssertServes(await GetAsync(), "access-2", 2);
        await RereadAsync();
        AssertServes(await GetAsync(), "access-2", 2);
        Assert.Equal(2, Server.Calls);
    }

    [Fact]
    public async Task An_instance_that_has_not_read_the_connection_makes_no_call()
    {
        GoAway(TimeSpan.FromHours(2));
        await using var cold = new GatewayInstance(Store, Clock);

        AssertRefuses(await GetAsync(cold), GatewayError.CredentialUnavailable);
        Assert.Equal(1, Server.Calls);
    }

    [Fact]
    public async Task A_connection_whose_key_is_missing_gets_no_interim_token()
    {
        Clock.Advance(TimeSpan.FromHours(2));
        Store.Unreadable = true;

        AssertRefuses(await GetAsync(), GatewayError.CredentialUnavailable);
        Assert.Equal(1, Server.Calls);
    }

    [Fact]
    public async Task An_interim_token_does_not_count_as_a_read_of_the_store()
    {
        GoAway(TimeSpan.FromHours(30));
        AssertServes(await GetAsync(), "access-2", 2);

        Assert.Null(((IKnownConnections)Instance.Snapshot).Find(Some.Acme, TimeSpan.FromHours(23)));
    }

    private void GoAway(TimeSpan since)
    {
        Store.Away = true;
        Clock.Advance(since);
    }

    private async Task RereadAsync()
    {
        var reads = Store.Reads;
        Store.TellMissed();
        await Eventually.TrueAsync(() => Store.Reads > reads);
    }

    private async Task<(long Generation, string? Token)> StoredTokenAsync()
    {
        var stored = await StoredAsync();
        return (stored!.Generation, stored.Token?.Value.Reveal());
    }
}
