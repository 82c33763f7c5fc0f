using Gateway.Model;

namespace Gateway.Testing;

/// <summary>Intents: recorded under a lease that is held, or not at all.</summary>
public abstract partial class ConnectionStoreContract
{
    [Fact]
    public async Task An_intent_is_in_the_record_beside_all_that_was_there_and_gone_with_the_next_write()
    {
        var (first, second) = await pair.StoresAsync();
        var (connection, lease) = await LeasedAsync(first);
        var intended = connection with { Intent = Samples.Intent(), Fence = lease.Fence };

        Assert.True(await first.TryIntendAsync(intended, lease, Minute, Cancel));

        var read = (await second.ReadAsync(connection.Id, Cancel))!;
        Assert.Equal((intended.Intent, intended.Fence, intended.Token), (read.Intent, read.Fence, read.Token));
        Assert.True(read.Intent!.Spends(connection.Grant));
        Assert.False(read.Intent.Spends(Samples.Connection(connection.Id, 2).Grant));

        await second.TryWriteAsync(Samples.Connection(connection.Id, 2) with { Fence = lease.Fence }, 1, Cancel);
        Assert.Null((await first.ReadAsync(connection.Id, Cancel))!.Intent);
    }

    [Fact]
    public async Task An_intent_is_refused_when_the_lease_is_gone()
    {
        var store = await FirstAsync();
        var (connection, lease) = await LeasedAsync(store);
        await store.ReleaseAsync(lease, Cancel);

        Assert.False(await IntendAsync(store, connection, lease));
    }

    [Fact]
    public async Task An_intent_is_refused_when_the_lease_is_another_owners()
    {
        var store = await FirstAsync();
        var (connection, lease) = await LeasedAsync(store);
        await store.ReleaseAsync(lease, Cancel);
        await store.TryLeaseAsync(connection.Id, Minute, Cancel);

        Assert.False(await IntendAsync(store, connection, lease));
    }

    [Fact]
    public async Task An_intent_is_refused_when_the_connection_was_replaced_or_removed()
    {
        var store = await FirstAsync();
        var (connection, lease) = await LeasedAsync(store);
        await store.TryWriteAsync(Samples.Connection(connection.Id, 2, "put"), 1, Cancel);
        Assert.False(await IntendAsync(store, connection, lease));

        await store.RemoveAsync(connection.Id, Cancel);
        Assert.False(await IntendAsync(store, connection, lease));
        Assert.Null(await store.ReadAsync(connection.Id, Cancel));
    }

    [Fact]
    public async Task An_intent_is_refused_when_a_newer_fence_has_written()
    {
        var store = await FirstAsync();
        var (connection, lease) = await LeasedAsync(store);
        await store.TryWriteAsync(connection with { Fence = lease.Fence + 1 }, 1, Cancel);

        Assert.False(await IntendAsync(store, connection, lease));
    }

    [Fact]
    public async Task An_intent_extends_the_lease()
    {
        var store = await FirstAsync();
        var (connection, other) = (Samples.Connection(Samples.NewId()), Samples.NewId());
        await store.TryWriteAsync(connection, 0, Cancel);
        var lease = (await store.TryLeaseAsync(connection.Id, Short * 10, Cancel))!;
        await store.TryLeaseAsync(other, Short * 10, Cancel);

        Assert.True(await IntendAsync(store, connection, lease));

        await Eventually.TrueAsync(async () => !await store.IsLeasedAsync(other, Cancel));
        Assert.True(await store.IsLeasedAsync(connection.Id, Cancel));
    }

    [Fact]
    public async Task An_intent_is_told_to_nobody()
    {
        var (first, second) = await pair.StoresAsync();
        var heard = new System.Collections.Concurrent.ConcurrentQueue<ConnectionChange>();
        using var subscription = second.Subscribe(heard.Enqueue);
        await Eventually.TrueAsync(() => IsHeardAsync(first, heard));
        var (connection, lease) = await LeasedAsync(first);
        await Eventually.TrueAsync(() => heard.Contains(new ConnectionChange(connection.Id, 1)));
        heard.Clear();

        Assert.True(await IntendAsync(first, connection, lease));

        // Words come in order: what is heard after this would have been heard before.
        await Eventually.TrueAsync(() => IsHeardAsync(first, heard));
        Assert.DoesNotContain(heard, change => change.Connection == connection.Id);
    }

    [Fact]
    public async Task After_an_intent_an_older_holder_can_not_write()
    {
        var store = await FirstAsync();
        var (connection, late) = await LeasedAsync(store);
        await store.ReleaseAsync(late, Cancel);
        var lease = (await store.TryLeaseAsync(connection.Id, Minute, Cancel))!;
        Assert.True(await IntendAsync(store, connection, lease));

        Assert.Null(await store.TryWriteAsync(Samples.Connection(connection.Id, 2) with { Fence = late.Fence }, 1, Cancel));
    }

    private static async Task<bool> IntendAsync(IConnectionStore store, Connection connection, Lease lease) =>
        await store.TryIntendAsync(connection with { Intent = Samples.Intent(), Fence = lease.Fence }, lease, Minute, Cancel);

    private static async Task<(Connection Connection, Lease Lease)> LeasedAsync(IConnectionStore store)
    {
        var connection = Samples.Connection(Samples.NewId());
        await store.TryWriteAsync(connection, 0, Cancel);
        return (connection, (await store.TryLeaseAsync(connection.Id, Minute, Cancel))!);
    }
}
