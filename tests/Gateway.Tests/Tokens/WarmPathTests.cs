using Gateway.Model;

namespace Gateway.Tests.Tokens;

/// <summary>The cost of a request for a cached connection, and updates of the cache without waiting requests.</summary>
public sealed class WarmPathTests : RefreshStage
{
    [Fact]
    public async Task A_warm_request_completes_at_once_without_allocation_and_without_the_store()
    {
        await StoreUsableAsync();
        AssertServes(await GetAsync(), "access-0", 1);
        for (var i = 0; i < 1000; i++)
        {
            Assert.True(IsCompleted(Instance.Broker.GetAsync(Provider, Some.Acme, CancellationToken.None)));
        }

        // The smallest of several rounds: the runtime may allocate on this thread while it recompiles.
        var reads = Store.Reads;
        Assert.Equal(0, Enumerable.Range(0, 5).Min(_ => AllocatedBy(10_000)));
        Assert.Equal(reads, Store.Reads);
        Assert.Equal(CredentialSource.Memory, (await GetAsync()).Source);
    }

    [Fact]
    public async Task The_source_of_each_credential_is_reported()
    {
        await StoreUsableAsync();
        Assert.Equal(CredentialSource.Store, (await GetAsync()).Source);
        Assert.Equal(CredentialSource.Memory, (await GetAsync()).Source);
        Clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal(CredentialSource.Refresh, (await GetAsync()).Source);
    }

    [Fact]
    public async Task A_change_on_another_instance_arrives_with_its_message()
    {
        var first = await StoreUsableAsync();
        AssertServes(await GetAsync(), "access-0", 1);
        await StoreAsync(first with { Generation = 2, Token = new(new("theirs"), DateTimeOffset.MaxValue) }, 1);

        await Eventually.TrueAsync(() => Instance.Snapshot.Find(Some.Acme)!.Generation == 2, "The change did not arrive.");
        AssertServes(await GetAsync(), "theirs", 2);
    }

    [Fact]
    public async Task A_change_whose_message_was_lost_arrives_with_the_next_read()
    {
        var first = await StoreUsableAsync();
        AssertServes(await GetAsync(), "access-0", 1);
        Store.Muted = true;
        await StoreAsync(first with { Generation = 2, Token = new(new("theirs"), DateTimeOffset.MaxValue) }, 1);

        Clock.Advance(TimeSpan.FromSeconds(14));
        var reads = Store.Reads;
        AssertServes(await GetAsync(), "access-0", 1);
        Assert.Equal(reads, Store.Reads);

        Clock.Advance(TimeSpan.FromSeconds(2));
        AssertServes(await GetAsync(), "access-0", 1);
        await Eventually.TrueAsync(() => Instance.Snapshot.Find(Some.Acme)!.Generation == 2, "The connection was not read again.");
        AssertServes(await GetAsync(), "theirs", 2);
    }

    [Fact]
    public async Task A_failed_read_keeps_the_cached_entry_and_is_not_repeated_by_every_request()
    {
        await StoreUsableAsync();
        AssertServes(await GetAsync(), "access-0", 1);
        Store.Away = true;
        Clock.Advance(TimeSpan.FromSeconds(16));
        var reads = Store.Reads;
        for (var i = 0; i < 100; i++)
        {
            AssertServes(await GetAsync(), "access-0", 1);
        }

        await Eventually.TrueAsync(() => Store.Reads == reads + 1, "The connection was not read again.");
    }

    [Fact]
    public async Task A_report_of_missed_messages_makes_every_entry_read_again()
    {
        var first = await StoreUsableAsync();
        AssertServes(await GetAsync(), "access-0", 1);
        Store.Muted = true;
        await StoreAsync(first with { Generation = 2, Token = new(new("theirs"), DateTimeOffset.MaxValue) }, 1);
        Store.Muted = false;
        Store.TellMissed();

        AssertServes(await GetAsync(), "access-0", 1);
        await Eventually.TrueAsync(() => Instance.Snapshot.Find(Some.Acme)!.Generation == 2, "The connection was not read again.");
    }

    [Fact]
    public async Task Removed_and_new_connections_take_effect_at_once()
    {
        var first = await StoreUsableAsync();
        AssertServes(await GetAsync(), "access-0", 1);
        await Store.RemoveAsync(Some.Acme, CancellationToken.None);
        AssertRefuses(await GetAsync(), GatewayError.ConnectionNotFound);

        await StoreAsync(first);
        AssertServes(await GetAsync(), "access-0", 2);
    }

    [Fact]
    public async Task Unknown_names_are_read_one_at_a_time()
    {
        Store.Hold();
        var requests = Enumerable.Range(0, 500).Select(_ => GetAsync()).ToArray();
        await Eventually.TrueAsync(() => Store.Reads == 1, "The store was not read.");
        Store.Release();
        Assert.All(await Task.WhenAll(requests), result => AssertRefuses(result, GatewayError.ConnectionNotFound));

        Assert.Equal(1, Store.Reads);
    }

    [Fact]
    public async Task A_reloaded_configuration_renders_the_credential_again()
    {
        await StoreUsableAsync();
        AssertServes(await GetAsync(), "access-0", 1);
        Provider = new()
        {
            Name = Provider.Name,
            Kind = ProviderKind.OAuth2,
            Origin = Some.Uri("https://api2.acme-books.example"),
            OAuth = Provider.OAuth,
            Injection = Injection.Bearer,
        };

        Assert.Equal("api2.acme-books.example", (await GetAsync()).Credential!.Origin.Host);
        Assert.Same((await GetAsync()).Credential, (await GetAsync()).Credential);
    }

    [Fact]
    public async Task A_token_that_expires_soon_is_renewed_while_it_serves_and_once()
    {
        await StoreAsync(Some.Connection(Clock.GetUtcNow().AddMinutes(3)));
        var proceed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        DuringTheCall(() => proceed.Task);
        for (var i = 0; i < 100; i++)
        {
            AssertServes(await GetAsync(), "access-0", 1);
        }

        await Eventually.TrueAsync(() => Server.Calls == 1, "The token was not renewed.");
        AssertServes(await GetAsync(), "access-0", 1);
        proceed.SetResult();
        await Eventually.TrueAsync(() => Instance.Snapshot.Find(Some.Acme)!.Generation == 2, "The renewal was not stored.");

        AssertServes(await GetAsync(), "access-1", 2);
        Assert.Equal(1, Server.Calls);
    }

    [Fact]
    public async Task Short_lived_tokens_do_not_cause_a_renewal_loop()
    {
        await StoreExpiredAsync();
        Server.Say(200, """{"access_token":"a","expires_in":5}""");
        for (var i = 0; i < 300; i++)
        {
            Assert.NotNull((await GetAsync()).Credential);
            await Task.WhenAll(Instance.Refresher.InFlight);
            Clock.Advance(TimeSpan.FromMilliseconds(100));
        }

        // Thirty seconds of five-second tokens, renewed at half of their life.
        Assert.InRange(Server.Calls, 6, 15);
    }

    private long AllocatedBy(int requests)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < requests; i++)
        {
            IsCompleted(Instance.Broker.GetAsync(Provider, Some.Acme, CancellationToken.None));
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static bool IsCompleted(ValueTask<CredentialResult> result) => result.IsCompletedSuccessfully;
}
