using Gateway.Model;

namespace Gateway.Tests.Tokens;

/// <summary>The store becomes unavailable before, during and after a rotation.</summary>
public sealed class StoreOutageTests : RefreshStage
{
    [Fact]
    public async Task No_refresh_starts_while_its_result_could_not_be_saved()
    {
        await StoreUsableAsync();
        var rejected = (await GetAsync()).Credential!;
        Store.Away = true;

        AssertRefuses(await ReplaceAsync(rejected), GatewayError.CredentialUnavailable);
        Assert.Equal(0, Server.Calls);
        AssertServes(await GetAsync(), "access-0", 1);
    }

    [Fact]
    public async Task A_store_that_reads_but_does_not_write_starts_no_refresh()
    {
        await StoreExpiredAsync();
        Store.ReadOnly = true;

        AssertRefuses(await GetAsync(), GatewayError.CredentialUnavailable);
        Assert.Equal(0, Server.Calls);
    }

    [Fact]
    public async Task A_connection_that_was_not_read_is_unavailable_during_an_outage()
    {
        Store.Away = true;

        AssertRefuses(await GetAsync(), GatewayError.CredentialUnavailable);
    }

    [Fact]
    public async Task A_missing_encryption_key_is_reported_as_such()
    {
        await StoreUsableAsync();
        Store.Unreadable = true;

        var result = await GetAsync();

        AssertRefuses(result, GatewayError.CredentialUnavailable);
        Assert.Contains("encryption keys", result.Failure!.Detail, StringComparison.Ordinal);
        Assert.Equal(0, Server.Calls);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_rotated_grant_serves_from_memory_until_it_is_stored(bool reads)
    {
        await RotateDuringOutageAsync(reads);
        for (var i = 0; i < 3; i++)
        {
            Clock.Advance(TimeSpan.FromSeconds(60));
            AssertServes(await GetAsync(), "access-1", 2);
        }

        Store.Away = Store.ReadOnly = false;
        await LandAsync();
        var stored = await StoredAsync();
        Assert.Equal((2L, "refresh-1", 1), (stored!.Generation, stored.Grant.RefreshToken.Reveal(), Server.Calls));
        await Eventually.TrueAsync(
            async () => !await Store.IsLeasedAsync(Some.Acme, CancellationToken.None), () => "The lease is still held.");
    }

    [Fact]
    public async Task The_spent_grant_is_not_presented_while_its_successor_is_unsaved()
    {
        await RotateDuringOutageAsync(reads: true);
        var rejected = (await GetAsync()).Credential!;

        AssertRefuses(await ReplaceAsync(rejected), GatewayError.CredentialUnavailable);
        Assert.Equal(1, Server.Calls);

        Store.Away = Store.ReadOnly = false;
        AssertServes(await Clock.RunUntilAsync(ReplaceAsync(rejected), TimeSpan.FromSeconds(30)), "access-2", 3);
        Assert.Equal(["refresh-0", "refresh-1"], Server.Requests.Select(request => request.Form["refresh_token"]));
    }

    [Fact]
    public async Task An_unsaved_grant_does_not_revive_a_removed_connection()
    {
        await RotateDuringOutageAsync(reads: false);
        Store.Away = Store.ReadOnly = false;
        await Store.RemoveAsync(Some.Acme, CancellationToken.None);
        await LandAsync();

        Assert.Null(await StoredAsync());
        AssertRefuses(await GetAsync(), GatewayError.ConnectionNotFound);
    }

    [Fact]
    public async Task An_unsaved_grant_yields_to_a_connection_put_by_an_operator()
    {
        var first = await RotateDuringOutageAsync(reads: false);
        Store.Away = Store.ReadOnly = false;
        await PutAsync(first with { Token = new(new("put"), DateTimeOffset.MaxValue) });
        await LandAsync();

        Assert.Equal("put", (await StoredAsync())!.Token!.Value.Reveal());
        await Eventually.TrueAsync(
            async () => (await GetAsync()).Credential?.Headers.Single().Value == "Bearer put",
            () => "The operator's token does not serve.");
    }

    [Fact]
    public async Task Shutdown_waits_for_the_refresh_in_flight_and_for_its_write()
    {
        await StoreExpiredAsync();
        var proceed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        DuringTheCall(async () =>
        {
            await proceed.Task;
            Store.Away = true;
        });
        var caller = GetAsync();
        await Eventually.TrueAsync(() => Server.Calls == 1, "The token call did not arrive.");
        var stopping = Instance.StopAsync();
        proceed.SetResult();
        await Eventually.TrueAsync(() => Instance.Outbox.Pending.Any(), "The grant is not pending.");
        Assert.False(stopping.IsCompleted);

        Store.Away = false;
        await LandAsync();
        await stopping.WaitAsync(Eventually.Patience);
        AssertServes(await caller, "access-1", 2);
        Assert.Equal("refresh-1", (await StoredAsync())!.Grant.RefreshToken.Reveal());
    }

    [Fact]
    public async Task Shutdown_has_a_time_limit()
    {
        await RotateDuringOutageAsync(reads: false);
        var stopping = Instance.StopAsync();
        Assert.False(stopping.IsCompleted);
        Clock.Advance(TimeSpan.FromSeconds(21));

        await stopping.WaitAsync(Eventually.Patience);
    }

    private async Task<Connection> RotateDuringOutageAsync(bool reads)
    {
        var first = await StoreExpiredAsync();
        DuringTheCall(() =>
        {
            Store.Away = !reads;
            Store.ReadOnly = true;
            return Task.CompletedTask;
        });
        AssertServes(await GetAsync(), "access-1", 2);
        _ = Assert.Single(Instance.Outbox.Pending);
        return first;
    }

    private Task LandAsync() => Eventually.TrueAsync(
        () =>
        {
            Clock.Advance(TimeSpan.FromSeconds(1));
            return !Instance.Outbox.Pending.Any();
        },
        "The grant was not stored.");
}
