using Gateway.Model;

namespace Gateway.Tests.Tokens.Refreshing;

/// <summary>Writes of a refresh, and its reaction to concurrent changes.</summary>
public sealed class RefreshTransactionTests : RefreshStage
{
    [Fact]
    public async Task A_refresh_writes_grant_token_and_generation_atomically()
    {
        await StoreExpiredAsync();

        AssertServes(await GetAsync(), "access-1", 2);
        var stored = await StoredAsync();
        Assert.Equal((2L, "refresh-1", "access-1"), (stored!.Generation, stored.Grant.RefreshToken.Reveal(), stored.Token!.Value.Reveal()));
        Assert.Equal(Clock.GetUtcNow().AddHours(1), stored.Token.ExpiresAt);
        Assert.Equal(Clock.GetUtcNow(), stored.RefreshedAt);
        Assert.True(stored.Fence > 0);
        Assert.False(await Store.IsLeasedAsync(Some.Acme, CancellationToken.None));
    }

    [Fact]
    public async Task An_answer_without_a_refresh_token_keeps_the_old_one()
    {
        await StoreExpiredAsync();
        Server.Say(200, """{"access_token":"a","refresh_token":"","scope":"read"}""");

        AssertServes(await GetAsync(), "a", 2);
        var stored = await StoredAsync();
        Assert.Equal("refresh-0", stored!.Grant.RefreshToken.Reveal());
        Assert.Equal(["read"], stored.Scopes);
        Assert.Equal(Clock.GetUtcNow() + Provider.OAuth!.DefaultLifetime, stored.Token!.ExpiresAt);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-30")]
    public async Task A_token_that_arrives_expired_serves_the_waiting_requests(string expiresIn)
    {
        await StoreExpiredAsync();
        Server.Say(200, $$"""{"access_token":"a","expires_in":{{expiresIn}}}""");

        AssertServes(await GetAsync(), "a", 2);
        AssertServes(await GetAsync(), "a", 3);
        Assert.Equal(2, Server.Calls);
    }

    [Fact]
    public async Task A_newer_generation_in_the_store_is_adopted_without_a_call()
    {
        var first = await StoreUsableAsync();
        var rejected = (await GetAsync()).Credential!;

        // The change message is lost, so the snapshot still holds generation 1.
        Store.Muted = true;
        await StoreAsync(first with { Generation = 2, Token = new(new("from-elsewhere"), Clock.GetUtcNow().AddHours(1)) }, 1);

        AssertServes(await ReplaceAsync(rejected), "from-elsewhere", 2);
        Assert.Equal(0, Server.Calls);
    }

    [Fact]
    public async Task A_refresh_waits_for_a_lease_of_another_instance_until_the_record_changes()
    {
        var first = await StoreExpiredAsync();
        var elsewhere = await Store.TryLeaseAsync(Some.Acme, TimeSpan.FromMinutes(1), CancellationToken.None);
        var waiting = GetAsync();
        await Clock.RunUntilAsync(Task.FromResult(0), TimeSpan.FromSeconds(1));
        Assert.False(waiting.IsCompleted);
        await StoreAsync(
            first with { Generation = 2, Fence = elsewhere!.Fence, Token = new(new("theirs"), Clock.GetUtcNow().AddHours(1)) }, 1);

        AssertServes(await Clock.RunUntilAsync(waiting, TimeSpan.FromSeconds(5)), "theirs", 2);
        Assert.Equal(0, Server.Calls);
    }

    [Fact]
    public async Task A_lease_released_without_a_result_is_taken_over()
    {
        await StoreExpiredAsync();
        var elsewhere = await Store.TryLeaseAsync(Some.Acme, TimeSpan.FromMinutes(1), CancellationToken.None);
        var waiting = GetAsync();
        await Store.ReleaseAsync(elsewhere!, CancellationToken.None);

        AssertServes(await Clock.RunUntilAsync(waiting, TimeSpan.FromSeconds(5)), "access-1", 2);
    }

    [Fact]
    public async Task The_wait_for_a_lease_ends_after_fifteen_seconds()
    {
        await StoreExpiredAsync();
        await Store.TryLeaseAsync(Some.Acme, TimeSpan.FromMinutes(1), CancellationToken.None);
        var since = Clock.GetUtcNow();

        AssertRefuses(await Clock.RunUntilAsync(GetAsync(), TimeSpan.FromSeconds(40)), GatewayError.CredentialUnavailable);
        Assert.InRange((Clock.GetUtcNow() - since).TotalSeconds, 14, 25);
        Assert.Equal(0, Server.Calls);
    }

    [Fact]
    public async Task A_holder_whose_lease_expired_adopts_the_write_of_the_next_holder()
    {
        await using var sleeper = new GatewayInstance(Store, StoppedClock);
        await StoreExpiredAsync();
        DuringTheCall(async () =>
        {
            Clock.Advance(TimeSpan.FromSeconds(31));
            await StoreAsync(
                (await StoredAsync())! with { Generation = 2, Fence = 99, Token = new(new("theirs"), DateTimeOffset.MaxValue) }, 1);
        });

        AssertServes(await GetAsync(sleeper), "theirs", 2);
        Assert.Equal((2L, "theirs"), ((await StoredAsync())!.Generation, (await StoredAsync())!.Token!.Value.Reveal()));
    }

    [Fact]
    public async Task A_rotated_grant_survives_the_refusal_of_the_spent_one()
    {
        Provider = Some.Provider(Some.Client(Server.Url, reuseGrace: TimeSpan.FromDays(36500)));
        await using var sleeper = new GatewayInstance(Store, StoppedClock);
        var other = Instance;
        await StoreExpiredAsync();
        Server.Answer = async (context, form) =>
        {
            Server.Answer = Server.RotateAsync;
            Server.CurrentRefreshToken = "rotated-already";
            Clock.Advance(TimeSpan.FromSeconds(31));
            AssertRefuses(await GetAsync(other), GatewayError.ReauthorizationRequired);
            Server.CurrentRefreshToken = form["refresh_token"].ToString();
            await Server.RotateAsync(context, form);
        };

        AssertServes(await GetAsync(sleeper), "access-2", 2);
        await LandsAsync(static stored => stored.Generation == 2, "The rotated grant was not stored.");
        Assert.Null((await StoredAsync())!.DeadSince);
    }

    [Fact]
    public async Task A_replacement_by_an_operator_wins_over_a_refresh_in_flight()
    {
        var first = await StoreExpiredAsync();
        DuringTheCall(() => PutAsync(
            first with { Grant = Grant.None with { RefreshToken = new("put") }, Token = new(new("put-token"), DateTimeOffset.MaxValue) }));

        AssertServes(await GetAsync(), "put-token", 2);
        Assert.Equal("put", (await StoredAsync())!.Grant.RefreshToken.Reveal());
    }

    [Fact]
    public async Task A_replacement_without_a_token_is_refreshed_with_its_own_grant()
    {
        var first = await StoreExpiredAsync();
        DuringTheCall(async () =>
        {
            await PutAsync(first with { Grant = Grant.None with { RefreshToken = new("put") }, Token = null });
            Server.Answer = (context, form) =>
            {
                Server.CurrentRefreshToken = "put";
                return Server.RotateAsync(context, form);
            };
        });

        AssertServes(await GetAsync(), "access-2", 3);
        Assert.Equal(["refresh-0", "put"], Server.Requests.Select(request => request.Form["refresh_token"]));
    }

    [Fact]
    public async Task A_connection_removed_during_a_refresh_is_not_revived()
    {
        await StoreExpiredAsync();
        DuringTheCall(async () => await Store.RemoveAsync(Some.Acme, CancellationToken.None));

        AssertRefuses(await GetAsync(), GatewayError.ConnectionNotFound);
        Assert.Null(await StoredAsync());
        AssertRefuses(await GetAsync(), GatewayError.ConnectionNotFound);
        Assert.Equal(1, Server.Calls);
    }

    [Fact]
    public async Task Two_concurrent_refreshes_by_an_operator_cause_one_call()
    {
        await StoreUsableAsync();
        var proceed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        DuringTheCall(() => proceed.Task);
        var first = RefreshAsync();
        await Eventually.TrueAsync(() => Server.Calls == 1, "The token call did not arrive.");
        var second = RefreshAsync();
        proceed.SetResult();

        Assert.Equal((2L, 2L), ((await first).Connection?.Generation, (await second).Connection?.Generation));
        Assert.Equal(1, Server.Calls);
    }
}
