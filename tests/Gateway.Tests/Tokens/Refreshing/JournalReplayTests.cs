using Gateway.Model;

namespace Gateway.Tests.Tokens.Refreshing;

/// <summary>A process dies with unsaved writes; the next start finds them in the journal.</summary>
public sealed class JournalReplayTests : RefreshStage
{
    [Fact]
    public async Task A_token_pair_is_in_the_journal_until_the_store_has_it()
    {
        await StoreExpiredAsync();
        IReadOnlyCollection<PendingWrite> kept = [];
        Store.Writing = () => kept = Instance.Journal.Kept;

        AssertServes(await GetAsync(), "access-1", 2);

        Assert.Equal("refresh-1", Assert.Single(kept).Next.Grant.RefreshToken.Reveal());
        Assert.Empty(Instance.Journal.Kept);
        Assert.Equal(0, Instance.Journal.Synced);
    }

    [Fact]
    public async Task A_rotated_grant_of_one_dead_instance_is_stored_before_a_failure_of_another_lets_a_refresh_begin()
    {
        var stored = await StoreExpiredAsync();
        var now = Clock.GetUtcNow();
        var token = new Token(new("access-1"), now.AddHours(1));
        var renewed = Some.Connection(token.ExpiresAt, "refresh-1", generation: 2) with { Fence = 1, Token = token };
        var failed = stored with { Fence = 2, LastFailure = new(RefreshOutcome.Transient, "http_503", now, 1, now) };
        Instance.Journal.Keep(new PendingWrite(renewed, 1, AttemptId.New("one"), stored.Grant.Digest()));
        Instance.Journal.Keep(new PendingWrite(failed, 1, AttemptId.New("another"), stored.Grant.Digest()) { IsOwnersAlone = true });
        Store.Away = true;
        await using var next = new GatewayInstance(Store, Clock, journal: Instance.Journal);
        await next.ReplayAsync();

        Store.Away = false;
        AssertServes(await GetAsync(next), "access-1", 2);
        Assert.Equal(0, Server.Calls);
        Assert.Empty(next.Journal.Kept);
    }

    [Fact]
    public void A_failure_refused_because_of_another_attempt_is_not_treated_as_stored()
    {
        var stored = Some.Connection(Clock.GetUtcNow());
        var dead = stored with
        {
            DeadSince = Clock.GetUtcNow(),
            LastFailure = new(RefreshOutcome.Permanent, "invalid_grant", Clock.GetUtcNow(), 1, DateTimeOffset.MaxValue)
        };
        var write = new PendingWrite(dead, 1, AttemptId.New("here"), stored.Grant.Digest()) { IsOwnersAlone = true };

        Assert.False(write.IsStoredAs(stored));
        Assert.True(write.IsStoredAs(dead));
    }

    [Fact]
    public async Task A_token_pair_that_was_not_stored_is_flushed_to_disk_and_stored_by_the_next_start()
    {
        await RotateDuringOutageAsync();
        Assert.Equal(1, Instance.Journal.Synced);

        Store.Away = false;
        await using var next = new GatewayInstance(Store, Clock, journal: Instance.Journal);
        await next.ReplayAsync();

        AssertServes(await GetAsync(next), "access-1", 2);
        Assert.Equal(("refresh-1", 1), ((await StoredAsync())!.Grant.RefreshToken.Reveal(), Server.Calls));
        Assert.Empty(next.Journal.Kept);
    }

    [Fact]
    public async Task A_full_journal_fails_no_request_and_receives_the_token_pair_when_there_is_space()
    {
        Instance.Journal.IsFull = true;
        await RotateDuringOutageAsync();
        AssertServes(await GetAsync(), "access-1", 2);
        Assert.Empty(Instance.Journal.Kept);

        Instance.Journal.IsFull = false;
        await Eventually.TrueAsync(() =>
        {
            Clock.Advance(TimeSpan.FromSeconds(1));
            return Instance.Journal.Synced == 1;
        });

        Store.Away = false;
        await using var next = new GatewayInstance(Store, Clock, journal: Instance.Journal);
        await next.ReplayAsync();
        Assert.Equal("refresh-1", (await StoredAsync())!.Grant.RefreshToken.Reveal());
    }

    [Fact]
    public async Task The_journal_is_kept_during_an_outage_and_replayed_after_it()
    {
        await RotateDuringOutageAsync();
        var clock = new ManualClock();
        await using var next = new GatewayInstance(Store, clock, journal: Instance.Journal);
        await next.ReplayAsync();
        Assert.Single(next.Journal.Kept);
        AssertRefuses(await GetAsync(next), GatewayError.CredentialUnavailable);

        Store.Away = false;
        AssertServes(await GetAsync(next), "access-1", 2);
        Assert.Empty(next.Journal.Kept);
        Assert.Empty(next.Outbox.Pending);
    }

    [Fact]
    public async Task A_journal_entry_replaces_an_interruption_detected_by_another_instance()
    {
        await RotateDuringOutageAsync();
        Store.Away = false;
        Store.EndLease(Some.Acme);
        Provider = Some.Provider(Some.Client(Server.Url, interruptedWait: TimeSpan.Zero));
        await using var other = new GatewayInstance(Store, new ManualClock());
        AssertRefuses(await GetAsync(other), GatewayError.ReauthorizationRequired);
        Assert.Equal(RefreshFailure.Interrupted, (await StoredAsync())!.LastFailure!.Reason);

        await using var next = new GatewayInstance(Store, new ManualClock(), journal: Instance.Journal);
        await next.ReplayAsync();

        AssertServes(await GetAsync(next), "access-1", 2);
        await Eventually.TrueAsync(
            async () => (await GetAsync(other)).Credential is not null, () => "The other instance received no change.");
    }

    [Fact]
    public async Task Journal_entries_of_a_running_instance_are_not_replayed()
    {
        await RotateDuringOutageAsync();
        Store.Away = false;
        await using var next = new GatewayInstance(Store, Clock, journal: Instance.Journal, machine: Instance.Instances);
        Instance.Instances.Run();

        await next.ReplayAsync();

        Assert.Single(next.Journal.Kept);
        Assert.Equal(1, (await StoredAsync())!.Generation);
    }

    [Fact]
    public async Task The_journal_of_a_dead_instance_is_replayed_before_its_grant_is_presented_again()
    {
        await using var other = new GatewayInstance(Store, Clock, journal: Instance.Journal, machine: Instance.Instances);
        await RotateDuringOutageAsync();
        Store.Away = false;
        Instance.Instances.Kill();

        AssertServes(await GetAsync(other), "access-1", 2);
        Assert.Equal(("refresh-1", 1), ((await StoredAsync())!.Grant.RefreshToken.Reveal(), Server.Calls));
    }

    [Fact]
    public async Task An_unreadable_journal_of_a_dead_instance_counts_as_unknown()
    {
        await using var other = new GatewayInstance(Store, Clock, journal: Instance.Journal, machine: Instance.Instances);
        await RotateDuringOutageAsync();
        Store.Away = false;
        Store.EndLease(Some.Acme);
        Instance.Instances.Kill();
        Instance.Journal.IsUnreadable = true;

        AssertRefuses(await GetAsync(other), GatewayError.CredentialUnavailable);
        Assert.Equal(1, Server.Calls);

        Instance.Journal.IsUnreadable = false;
        AssertServes(await GetAsync(other), "access-1", 2);
        Assert.Equal(1, Server.Calls);
    }

    [Fact]
    public async Task The_journal_yields_to_a_connection_put_by_an_operator()
    {
        var first = await RotateDuringOutageAsync();
        Store.Away = false;
        await PutAsync(first with { Token = new(new("put"), DateTimeOffset.MaxValue) });

        await ReplayElsewhereAsync();

        Assert.Equal(("put", 2L), ((await StoredAsync())!.Token!.Value.Reveal(), (await StoredAsync())!.Generation));
    }

    [Fact]
    public async Task The_journal_does_not_revive_a_removed_connection()
    {
        await RotateDuringOutageAsync();
        Store.Away = false;
        await Store.RemoveAsync(Some.Acme, CancellationToken.None);

        await ReplayElsewhereAsync();

        Assert.Null(await StoredAsync());
    }

    [Fact]
    public async Task The_journal_yields_to_a_new_connection_of_the_same_name_and_generation()
    {
        var first = await RotateDuringOutageAsync();
        Store.Away = false;
        await Store.RemoveAsync(Some.Acme, CancellationToken.None);

        // Days later the tombstone has expired, and generations start again.
        Store.Forget(Some.Acme);
        await StoreAsync(first with { Grant = Grant.None with { RefreshToken = new("another") } });

        await ReplayElsewhereAsync();

        Assert.Equal(("another", 1L), ((await StoredAsync())!.Grant.RefreshToken.Reveal(), (await StoredAsync())!.Generation));
    }

    [Fact]
    public async Task The_newest_journal_entry_of_a_connection_is_stored_last()
    {
        var first = await RotateDuringOutageAsync();
        var second = Instance.Journal.Kept.Single();
        var third = new PendingWrite(
            second.Next with { Generation = 3, Fence = second.Next.Fence + 1, Grant = Grant.None with { RefreshToken = new("third") } },
            2, AttemptId.New(second.Owner.Instance), second.Next.Grant.Digest());
        Instance.Journal.Keep(third);
        Store.Away = false;

        await ReplayElsewhereAsync();

        Assert.Equal(
            (1L, "third", 3L), (first.Generation, (await StoredAsync())!.Grant.RefreshToken.Reveal(), (await StoredAsync())!.Generation));
    }

    private async Task ReplayElsewhereAsync()
    {
        await using var next = new GatewayInstance(Store, new ManualClock(), journal: Instance.Journal);
        await next.ReplayAsync();
        Assert.Empty(next.Journal.Kept);
        Assert.Empty(next.Outbox.Pending);
    }

    // This instance then freezes with its clock, so the other instances treat it as dead.
    private async Task<Connection> RotateDuringOutageAsync()
    {
        var first = await StoreExpiredAsync();
        DuringTheCall(() =>
        {
            Store.Away = true;
            return Task.CompletedTask;
        });
        AssertServes(await GetAsync(), "access-1", 2);
        Assert.Equal(Instance.Journal.IsFull ? 0 : 1, Instance.Journal.Kept.Count);
        return first;
    }
}
