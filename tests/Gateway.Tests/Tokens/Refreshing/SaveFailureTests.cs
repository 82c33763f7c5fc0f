using Gateway.Model;

namespace Gateway.Tests.Tokens.Refreshing;

/// <summary>
/// Failures other than an outage while a new grant is saved: the store loses data, or a call throws unexpectedly.
/// </summary>
public sealed class SaveFailureTests : RefreshStage
{
    private async Task RenewIntoTheJournalAsync()
    {
        DuringTheCall(() =>
        {
            Store.Away = true;
            return Task.CompletedTask;
        });
        AssertServes(await GetAsync(), "access-1", 6);
        Store.Away = false;
    }

    private static readonly DateTimeOffset ConnectedAt = new(2029, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task An_exception_while_saving_is_handled_like_an_outage()
    {
        await StoreExpiredAsync();
        DuringTheCall(() =>
        {
            Store.Writing = static () => throw new NotSupportedException("a defect");
            return Task.CompletedTask;
        });
        var served = await GetAsync();
        AssertServes(served, "access-1", 2);
        AssertRefuses(await ReplaceAsync(served.Credential!), GatewayError.CredentialUnavailable);
        Assert.Equal(1, Server.Calls);

        Store.Writing = null;
        await LandAsync();

        AssertServes(await ReplaceAsync(served.Credential!), "access-2", 3);
        AssertPresented("refresh-0", "refresh-1");
    }

    [Fact]
    public async Task An_exception_while_watching_the_call_does_not_lose_its_answer()
    {
        await StoreExpiredAsync();
        var read = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        DuringTheCall(async () =>
        {
            Store.Reading = () =>
            {
                Store.Reading = null;
                read.TrySetResult();
                throw new NotSupportedException("a defect");
            };
            Store.TellMissed();
            await read.Task.WaitAsync(Eventually.Patience);
        });

        AssertServes(await GetAsync(), "access-1", 2);
        Assert.Equal("refresh-1", (await StoredAsync())!.Grant.RefreshToken.Reveal());
    }

    [Fact]
    public async Task A_store_that_loses_writes_during_the_call_receives_the_newest_grant()
    {
        var earlier = await StoreTwoGenerationsAsync();
        DuringTheCall(() =>
        {
            Store.GoBackTo(earlier);
            Store.TellMissed();
            return Task.CompletedTask;
        });

        AssertServes(await GetAsync(), "access-1", 6);
        await LandAsync();

        Assert.Equal((6L, "refresh-1"), ((await StoredAsync())!.Generation, (await StoredAsync())!.Grant.RefreshToken.Reveal()));
        AssertPresented("refresh-0");
    }

    [Fact]
    public async Task A_journal_is_replayed_into_a_store_that_lost_writes()
    {
        var earlier = await StoreTwoGenerationsAsync();
        await RenewIntoTheJournalAsync();
        Store.GoBackTo(earlier);

        await using var next = new GatewayInstance(Store, new ManualClock(), journal: Instance.Journal);
        await next.ReplayAsync();

        Assert.Equal((6L, "refresh-1"), ((await StoredAsync())!.Generation, (await StoredAsync())!.Grant.RefreshToken.Reveal()));
        Assert.Empty(next.Journal.Kept);
    }

    [Fact]
    public async Task A_journal_yields_to_another_grant_of_a_lower_generation()
    {
        var earlier = await StoreTwoGenerationsAsync();
        await RenewIntoTheJournalAsync();
        Store.GoBackTo(earlier with { ConnectedAt = ConnectedAt.AddDays(1), Grant = Grant.None with { RefreshToken = new("put") } });

        await using var next = new GatewayInstance(Store, new ManualClock(), journal: Instance.Journal);
        await next.ReplayAsync();

        Assert.Equal((4L, "put"), ((await StoredAsync())!.Generation, (await StoredAsync())!.Grant.RefreshToken.Reveal()));
        Assert.Empty(next.Journal.Kept);
    }

    // Stores the fifth generation and returns the fourth.
    private async Task<Connection> StoreTwoGenerationsAsync()
    {
        var present = Some.Connection(new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), generation: 5) with { ConnectedAt = ConnectedAt };
        await StoreAsync(present);
        return present with { Generation = 4, Grant = Grant.None with { RefreshToken = new("spent long ago") } };
    }

    private void AssertPresented(params string[] grants) =>
        Assert.Equal(grants, Server.Requests.Select(static request => request.Form["refresh_token"]));

    // Also until the lease is released: a waiting instance would wait on the manual clock.
    private Task LandAsync() => Eventually.TrueAsync(
        async () =>
        {
            Clock.Advance(TimeSpan.FromSeconds(1));
            return !Instance.Outbox.Pending.Any() && !await Store.IsLeasedAsync(Some.Acme, CancellationToken.None);
        }, () => "The grant was not stored.");
}
