using Gateway.Model;
using Gateway.Tokens.Refreshing;

namespace Gateway.Tests.Tokens.Refreshing;

/// <summary>Storing the grant of an owner's consent during outages, refreshes, changes by operators and the end of the process.</summary>
public sealed class ConsentGrantTests : RefreshStage
{
    private static readonly DateTimeOffset Earlier = new(2029, 12, 31, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_grant_from_consent_replaces_the_stored_connection_and_serves()
    {
        var given = await GiveAsync(await StoreBeforeAsync());

        Assert.Equal((SaveOutcome.Saved, 2L), (await given.Landing, given.Connection.Generation));
        AssertServes(await GetAsync(), "given", 2);
        Assert.Empty(Instance.Journal.Kept);
    }

    [Fact]
    public async Task A_reconnected_name_continues_the_generations()
    {
        await StoreBeforeAsync();
        await Store.RemoveAsync(Some.Acme, CancellationToken.None);

        var given = await GiveAsync(null);

        Assert.Equal((SaveOutcome.Saved, 2L), (await given.Landing, given.Connection.Generation));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task During_an_outage_the_grant_stays_pending_and_the_old_one_is_not_refreshed(bool reads)
    {
        var given = await GiveDuringOutageAsync(await StoreBeforeAsync(expired: true), reads);
        Assert.Equal(1, Instance.Journal.Synced);
        AssertRefuses(await GetAsync(), GatewayError.CredentialUnavailable);
        Assert.Equal(0, Server.Calls);

        Store.Away = Store.ReadOnly = false;
        AssertServes(await GetAsync(), "given", 2);
        Assert.Equal(SaveOutcome.Saved, await given.Landing);
        Assert.Empty(Instance.Journal.Kept);
        Assert.Empty(Instance.Outbox.Pending);
    }

    [Fact]
    public async Task A_pending_grant_is_stored_after_the_outage()
    {
        var given = await GiveDuringOutageAsync(null);
        Store.Away = false;

        Assert.Equal(SaveOutcome.Saved, await Clock.RunUntilAsync(given.Landing, TimeSpan.FromSeconds(30)));
        Assert.Equal(1, (await StoredAsync())!.Generation);
    }

    [Fact]
    public async Task A_refresh_of_the_old_grant_does_not_prevent_storing_the_new_one()
    {
        var before = await StoreBeforeAsync();
        var given = await GiveDuringOutageAsync(before);
        Store.Away = false;
        await StoreAsync(before with { Generation = 2, Fence = 7, Grant = Grant.None with { RefreshToken = new("rotated") } }, 1);

        Assert.Equal(SaveOutcome.Saved, await Clock.RunUntilAsync(given.Landing, TimeSpan.FromSeconds(30)));
        Assert.Equal(
            (3L, 7L, "of-the-owner"),
            ((await StoredAsync())!.Generation, (await StoredAsync())!.Fence, (await StoredAsync())!.Grant.RefreshToken.Reveal()));
    }

    [Fact]
    public async Task A_conflicting_write_is_retried_before_the_call_returns()
    {
        var before = await StoreBeforeAsync();
        Store.Writing = () =>
        {
            Store.Writing = null;
            _ = Store.TryWriteAsync(before with { Generation = 2 }, 1, CancellationToken.None).AsTask();
        };

        var given = await GiveAsync(before);

        Assert.Equal((SaveOutcome.Saved, 3L), (await given.Landing, given.Connection.Generation));
    }

    [Theory]
    [InlineData("removed")]
    [InlineData("given")]
    [InlineData("created")]
    public async Task A_pending_grant_yields_to_a_removal_or_a_newer_grant(string meanwhile)
    {
        var before = meanwhile == "created" ? null : await StoreBeforeAsync();
        var given = await GiveDuringOutageAsync(before);
        Store.Away = false;
        if (meanwhile == "removed")
        {
            await Store.RemoveAsync(Some.Acme, CancellationToken.None);
        }
        else
        {
            await PutAsync(Some.Connection(DateTimeOffset.MaxValue, "put") with { ConnectedAt = Earlier.AddHours(1) });
        }

        Assert.Equal(SaveOutcome.Overtaken, await Clock.RunUntilAsync(given.Landing, TimeSpan.FromSeconds(30)));
        Assert.Equal(meanwhile == "removed" ? null : "put", (await StoredAsync())?.Grant.RefreshToken.Reveal());
        Assert.Empty(Instance.Journal.Kept);
    }

    [Fact]
    public async Task An_unconfirmed_write_is_detected_and_not_repeated()
    {
        var before = await StoreBeforeAsync();
        var given = await GiveDuringOutageAsync(before);
        Store.Away = false;
        await StoreAsync(given.Connection, 1);
        await StoreAsync(given.Connection with { Generation = 3 }, 2);

        Assert.Equal(SaveOutcome.Saved, await Clock.RunUntilAsync(given.Landing, TimeSpan.FromSeconds(30)));
        Assert.Equal(3, (await StoredAsync())!.Generation);
    }

    [Fact]
    public async Task The_later_of_two_pending_grants_is_stored()
    {
        var before = await StoreBeforeAsync();
        var first = await GiveDuringOutageAsync(before);
        Clock.Advance(TimeSpan.FromMilliseconds(1));
        var second = await GiveAsync(before, "later");
        Assert.Equal(SaveOutcome.Overtaken, await first.Landing);

        Store.Away = false;
        Assert.Equal(SaveOutcome.Saved, await Clock.RunUntilAsync(second.Landing, TimeSpan.FromSeconds(30)));
        Assert.Equal("later", (await StoredAsync())!.Grant.RefreshToken.Reveal());
        Assert.Empty(Instance.Journal.Kept);
    }

    [Fact]
    public async Task An_unsaved_rotation_never_overwrites_a_newer_grant()
    {
        var before = await StoreBeforeAsync(expired: true);
        GivenGrant? given = null;
        DuringTheCall(async () =>
        {
            Store.Away = true;
            given = await GiveAsync(before);
        });
        AssertServes(await GetAsync(), "access-1", 2);
        Assert.Equal(2, Instance.Outbox.Pending.Count());

        Store.Away = false;
        Assert.Equal(SaveOutcome.Saved, await Clock.RunUntilAsync(given!.Landing, TimeSpan.FromSeconds(30)));
        await Eventually.TrueAsync(() =>
        {
            Clock.Advance(TimeSpan.FromSeconds(1));
            return !Instance.Outbox.Pending.Any();
        });
        Assert.Equal("of-the-owner", (await StoredAsync())!.Grant.RefreshToken.Reveal());
        Assert.Empty(Instance.Journal.Kept);
    }

    [Fact]
    public async Task A_pending_grant_is_stored_by_the_next_start()
    {
        await GiveDuringOutageAsync(await StoreBeforeAsync());
        var stopping = Instance.StopAsync();
        Clock.Advance(TimeSpan.FromSeconds(21));
        await stopping.WaitAsync(Eventually.Patience);
        Assert.Single(Instance.Journal.Kept);

        Store.Away = false;
        await using var next = new GatewayInstance(Store, new ManualClock(), journal: Instance.Journal);
        await next.ReplayAsync();

        AssertServes(await GetAsync(next), "given", 2);
        Assert.Empty(next.Journal.Kept);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task At_the_next_start_a_pending_grant_yields_to_newer_changes(bool removed)
    {
        var before = await StoreBeforeAsync();
        await GiveDuringOutageAsync(before);
        Store.Away = false;
        _ = removed
            ? await Store.RemoveAsync(Some.Acme, CancellationToken.None)
            : await PutAsync(before with { Grant = Grant.None with { RefreshToken = new("put") }, ConnectedAt = Earlier.AddHours(1) })
            is not null;

        await using var next = new GatewayInstance(Store, new ManualClock(), journal: Instance.Journal);
        await next.ReplayAsync();

        Assert.Equal(removed ? null : "put", (await StoredAsync())?.Grant.RefreshToken.Reveal());
        Assert.Empty(next.Journal.Kept);
    }

    private Task<Connection> StoreBeforeAsync(bool expired = false) =>
        StoreAsync(Some.Connection(expired ? Earlier : Clock.GetUtcNow().AddHours(1)) with { ConnectedAt = Earlier });

    private Task<GivenGrant> GiveAsync(Connection? before, string refreshToken = "of-the-owner") =>
        Instance.Outbox.GiveAsync(
            Some.Connection(Clock.GetUtcNow().AddHours(1), refreshToken)
                with
            { Token = new(new("given"), Clock.GetUtcNow().AddHours(1)) }, before);

    private async Task<GivenGrant> GiveDuringOutageAsync(Connection? before, bool reads = false)
    {
        Store.Away = !reads;
        Store.ReadOnly = true;
        var given = await GiveAsync(before);
        Store.ReadOnly = reads;
        Assert.False(given.Landing.IsCompleted);
        Assert.Single(Instance.Journal.Kept);
        return given;
    }
}
