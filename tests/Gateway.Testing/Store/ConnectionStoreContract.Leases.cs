using Gateway.Model;

namespace Gateway.Testing;

/// <summary>Leases and change messages.</summary>
public abstract partial class ConnectionStoreContract
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(150);

    [Fact]
    public async Task One_of_fifty_concurrent_callers_gets_the_lease()
    {
        var (first, second) = await pair.StoresAsync();
        var id = Samples.NewId();

        var takers = Enumerable.Range(0, 50).Select(taker => Task.Run(async () =>
            await (taker % 2 == 0 ? first : second).TryLeaseAsync(id, Minute, Cancel)));

        Assert.Single(await Task.WhenAll(takers), static lease => lease is not null);
        Assert.True(await first.IsLeasedAsync(id, Cancel));
    }

    [Fact]
    public async Task Lease_Released_IsFreeAndTheNextFenceIsHigher()
    {
        var (first, second) = await pair.StoresAsync();
        var id = Samples.NewId();
        var lease = await first.TryLeaseAsync(id, Minute, Cancel);

        await first.ReleaseAsync(lease!, Cancel);

        Assert.False(await second.IsLeasedAsync(id, Cancel));
        var next = await second.TryLeaseAsync(id, Minute, Cancel);
        Assert.True(next!.Fence > lease!.Fence);
        Assert.NotEqual(lease.Owner, next.Owner);
    }

    [Fact]
    public async Task Lease_Expired_GoesToAnother_AndTheLateOwnerCanNeitherRenewNorReleaseIt()
    {
        var (first, second) = await pair.StoresAsync();
        var id = Samples.NewId();
        var late = (await first.TryLeaseAsync(id, Short, Cancel))!;
        Lease? next = null;
        await Eventually.TrueAsync(async () => (next = await second.TryLeaseAsync(id, Minute, Cancel)) is not null);

        Assert.False(await first.RenewAsync(late, Minute, Cancel));
        await first.ReleaseAsync(late, Cancel);

        Assert.True(await second.IsLeasedAsync(id, Cancel));
        Assert.True(next!.Fence > late.Fence);
    }

    // Two seconds: two calls, each of a second at most, are made within them.
    [Fact]
    public async Task Lease_Renewed_OutlivesItsFirstLength()
    {
        var length = TimeSpan.FromSeconds(2);
        var (first, second) = await pair.StoresAsync();
        var (id, other) = (Samples.NewId(), Samples.NewId());
        var lease = (await first.TryLeaseAsync(id, length, Cancel))!;
        await first.TryLeaseAsync(other, length, Cancel);

        Assert.True(await first.RenewAsync(lease, Minute, Cancel));

        await Eventually.TrueAsync(async () => !await second.IsLeasedAsync(other, Cancel));
        Assert.True(await second.IsLeasedAsync(id, Cancel));
    }

    [Fact]
    public async Task A_holder_that_lost_its_lease_cannot_overwrite_its_successor()
    {
        var (first, second) = await pair.StoresAsync();
        var id = Samples.NewId();
        await first.TryWriteAsync(Samples.Connection(id), 0, Cancel);
        var late = (await first.TryLeaseAsync(id, Short, Cancel))!;
        Lease? next = null;
        await Eventually.TrueAsync(async () => (next = await second.TryLeaseAsync(id, Minute, Cancel)) is not null);

        // The successor recorded a failure: the generation is the same, and only the fence differs.
        await second.TryWriteAsync(Samples.Connection(id) with { Fence = next!.Fence, LastFailure = Samples.Failure() }, 1, Cancel);

        Assert.Null(await first.TryWriteAsync(Samples.Connection(id, 2) with { Fence = late.Fence }, 1, Cancel));
    }

    [Fact]
    public async Task Fence_AfterARecordWithAHigherOne_IsHigherStill()
    {
        var store = await FirstAsync();
        var id = Samples.NewId();
        var lease = (await store.TryLeaseAsync(id, Minute, Cancel))!;

        await store.TryWriteAsync(Samples.Connection(id) with { Fence = lease.Fence }, 0, Cancel);
        await store.ReleaseAsync(lease, Cancel);

        Assert.True((await store.TryLeaseAsync(id, Minute, Cancel))!.Fence > lease.Fence);
    }

    [Fact]
    public async Task Another_instance_receives_changes_until_it_unsubscribes()
    {
        var (first, second) = await pair.StoresAsync();
        var id = Samples.NewId();
        var heard = new System.Collections.Concurrent.ConcurrentQueue<ConnectionChange>();
        using (second.Subscribe(change => heard.Enqueue(change)))
        {
            await Eventually.TrueAsync(() => IsHeardAsync(first, heard));
            heard.Clear();

            await first.TryWriteAsync(Samples.Connection(id), 0, Cancel);
            await first.TryWriteAsync(Samples.Connection(id, 2), 1, Cancel);
            await first.RemoveAsync(id, Cancel);

            await Eventually.TrueAsync(() => heard.Contains(new ConnectionChange(id, 0)));

            // On a cluster a change may be heard more than once (decision 0021).
            Assert.Equal([1, 2, 0], heard.Where(change => change.Connection == id).Select(static change => change.Generation).Distinct());
        }

        heard.Clear();
        await second.TryWriteAsync(Samples.Connection(Samples.NewId()), 0, Cancel);
        Assert.Empty(heard);
    }

    // The instance may still be about to subscribe.
    private static async Task<bool> IsHeardAsync(IConnectionStore store, IReadOnlyCollection<ConnectionChange> heard)
    {
        await store.TryWriteAsync(Samples.Connection(Samples.NewId("probe")), 0, Cancel);
        await Task.Yield();
        return heard.Any(static change => change.Connection?.Name == "probe");
    }
}
