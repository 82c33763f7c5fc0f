using System.Security.Cryptography;

using Gateway.Credentials;
using Gateway.Store.Redis;

using StackExchange.Redis;

namespace Gateway.Store;

/// <summary>Leases by script: taken with a fence, renewed and given back by their owner alone.</summary>
internal sealed class RedisLeases(RedisCalls calls, TimeProvider clock)
{
    public async ValueTask<Lease?> TryTakeAsync(ConnectionId id, TimeSpan length, CancellationToken cancellationToken)
    {
        var owner = RandomNumberGenerator.GetHexString(32, lowercase: true);
        RedisKey[] keys = [RedisKeys.Lease(id), RedisKeys.Fence(id), RedisKeys.Connection(id)];
        RedisValue[] arguments = [owner, Milliseconds(length), Milliseconds(RedisKeys.Memory)];
        var fence = await calls.RunAsync(
            "lease", async db => (long)await db.ScriptEvaluateAsync(RedisScripts.TakeLease, keys, arguments), cancellationToken, static fence => fence == 0);
        if (fence == 0)
        {
            return null;
        }

        await ShowAsync(id, clock.GetUtcNow() + length);
        return new Lease(id, owner, fence);
    }

    public async ValueTask<bool> RenewAsync(Lease lease, TimeSpan length, CancellationToken cancellationToken)
    {
        RedisValue[] arguments = [lease.Owner, Milliseconds(length)];
        var held = await calls.RunAsync(
            "renew", async db => (bool)await db.ScriptEvaluateAsync(RedisScripts.RenewLease, [RedisKeys.Lease(lease.Connection)], arguments),
            cancellationToken, static held => !held);
        if (held)
        {
            await ShowAsync(lease.Connection, clock.GetUtcNow() + length);
        }

        return held;
    }

    public async ValueTask ReleaseAsync(Lease lease, CancellationToken cancellationToken)
    {
        RedisValue[] arguments = [lease.Owner];
        var released = await calls.RunAsync(
            "release", async db => (bool)await db.ScriptEvaluateAsync(RedisScripts.ReleaseLease, [RedisKeys.Lease(lease.Connection)], arguments),
            cancellationToken, static released => !released);
        if (released)
        {
            await ShowAsync(lease.Connection, until: null);
        }
    }

    public ValueTask<bool> IsHeldAsync(ConnectionId id, CancellationToken cancellationToken) =>
        calls.RunAsync("read", db => db.KeyExistsAsync(RedisKeys.Lease(id)), cancellationToken);

    // What operators see of it, and no more: the lease stands without, and what is lost here is gone with the lease's end.
    private async Task ShowAsync(ConnectionId id, DateTimeOffset? until)
    {
        try
        {
            await calls.RunAsync("index", db => until is { } end ? AddAsync(db, id, end) : db.SortedSetRemoveAsync(RedisKeys.Leased(id.Provider), id.Name), CancellationToken.None);
        }
        catch (StoreUnavailableException)
        {
        }
    }

    private async Task<bool> AddAsync(IDatabase db, ConnectionId id, DateTimeOffset end)
    {
        var key = RedisKeys.Leased(id.Provider);
        var past = db.SortedSetRemoveRangeByScoreAsync(key, double.NegativeInfinity, clock.GetUtcNow().ToUnixTimeMilliseconds());
        var added = await db.SortedSetAddAsync(key, id.Name, end.ToUnixTimeMilliseconds());
        await past;
        return added;
    }

    private static long Milliseconds(TimeSpan length) => (long)length.TotalMilliseconds;
}
