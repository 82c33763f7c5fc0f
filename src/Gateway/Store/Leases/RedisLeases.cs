using Gateway.Model;
using Gateway.Store.Redis;

using StackExchange.Redis;

namespace Gateway.Store.Leases;

/// <summary>
/// Leases by script: taken with a fence, renewed and given back by their owner alone. What the server did with a request whose answer
/// never came is not known: such a lease is given back as soon as the server answers again, so that nobody waits for its end. Nor for that
/// of a killed process, where that can be told.
/// </summary>
internal sealed class RedisLeases(RedisCalls calls, TimeProvider clock)
{
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(500);

    // Longer than any lease: after that there is nothing to give back.
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    // A request that was late may still be behind ours, on a connection that is being cut: ask a few times.
    private const int Answers = 4;

    public async ValueTask<Lease?> TryTakeAsync(ConnectionId id, TimeSpan length, CancellationToken cancellationToken)
    {
        var owner = LeaseOwner.New();
        RedisKey[] keys = [RedisKeys.Lease(id), RedisKeys.Fence(id), RedisKeys.Connection(id)];
        RedisValue[] arguments = [owner, Milliseconds(length), Milliseconds(RedisKeys.Memory)];
        try
        {
            var fence = await TakeAsync(keys, arguments, cancellationToken);
            if (fence == 0 && await TryInheritAsync(id, cancellationToken))
            {
                fence = await TakeAsync(keys, arguments, cancellationToken);
            }

            if (fence == 0)
            {
                return null;
            }

            await ShowAsync(id, clock.GetUtcNow() + length);
            return new Lease(id, owner, fence);
        }
        catch (StoreUnavailableException)
        {
            _ = GiveBackAsync(new Lease(id, owner, Fence: 0));
            throw;
        }
    }

    public async ValueTask<bool> RenewAsync(Lease lease, TimeSpan length, CancellationToken cancellationToken)
    {
        RedisValue[] arguments = [lease.Owner, Milliseconds(length)];
        var held = await calls.RunIdempotentAsync(
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
        try
        {
            await TryReleaseAsync(lease, cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            _ = GiveBackAsync(lease);
            throw;
        }
    }

    public ValueTask<bool> IsHeldAsync(ConnectionId id, CancellationToken cancellationToken) =>
        calls.RunIdempotentAsync("read", db => db.KeyExistsAsync(RedisKeys.Lease(id)), cancellationToken);

    private ValueTask<long> TakeAsync(RedisKey[] keys, RedisValue[] arguments, CancellationToken cancellationToken) => calls.RunIdempotentAsync(
        "lease", async db => (long)await db.ScriptEvaluateAsync(RedisScripts.TakeLease, keys, arguments), cancellationToken, static fence => fence == 0);

    // The lease of a process that was killed on this machine; what it was about to write is stopped by the next fence all the same.
    private async Task<bool> TryInheritAsync(ConnectionId id, CancellationToken cancellationToken)
    {
        var owner = await calls.RunIdempotentAsync("read", db => db.StringGetAsync(RedisKeys.Lease(id)), cancellationToken);
        return !owner.IsNull && LeaseOwner.IsGone(owner!) && await TryReleaseAsync(new Lease(id, owner!, Fence: 0), cancellationToken);
    }

    private async Task<bool> TryReleaseAsync(Lease lease, CancellationToken cancellationToken)
    {
        RedisValue[] arguments = [lease.Owner];
        var released = await calls.RunAsync(
            "release", async db => (bool)await db.ScriptEvaluateAsync(RedisScripts.ReleaseLease, [RedisKeys.Lease(lease.Connection)], arguments),
            cancellationToken, static released => !released);
        if (released)
        {
            await ShowAsync(lease.Connection, until: null);
        }

        return released;
    }

    // Nobody awaits it: it ends by itself, and what it can't do the lease's end does.
    private async Task GiveBackAsync(Lease lease)
    {
        using var timer = new PeriodicTimer(Retry, clock);
        var since = clock.GetTimestamp();
        for (var answers = 0; answers < Answers && clock.GetElapsedTime(since) < Longest && await timer.WaitForNextTickAsync();)
        {
            try
            {
                if (await TryReleaseAsync(lease, CancellationToken.None))
                {
                    return;
                }

                answers++;
            }
            catch (StoreUnavailableException)
            {
                // Still away.
            }
        }
    }

    // What operators see of it, and no more: the lease stands without, and what is lost here is gone with the lease's end.
    private async Task ShowAsync(ConnectionId id, DateTimeOffset? until)
    {
        try
        {
            await calls.RunAsync(
                "index",
                db => until is { } end ? AddAsync(db, id, end) : db.SortedSetRemoveAsync(RedisKeys.Leased(id.Provider), id.Name),
                CancellationToken.None);
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
