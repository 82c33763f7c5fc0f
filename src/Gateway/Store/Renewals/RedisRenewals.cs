using Gateway.Model;
using Gateway.Store.Listing;
using Gateway.Store.Redis;

using StackExchange.Redis;

namespace Gateway.Store.Renewals;

/// <summary>The renewal schedule in Redis: handed out by script, kept true by <see cref="ConnectionIndex"/>, completed by <see cref="RenewalSweep"/>.</summary>
internal sealed class RedisRenewals(RedisCalls calls, ConnectionIndex index, RenewalSweep sweep, TimeProvider clock) : IRenewalSchedule
{
    public async ValueTask<RenewalBatch> ClaimAsync(string provider, int limit, TimeSpan period, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        RedisValue[] arguments = [now.ToUnixTimeMilliseconds(), (now + period).ToUnixTimeMilliseconds(), limit];
        var answer = await calls.RunAsync(
            "claim", async db => (RedisValue[])(await db.ScriptEvaluateAsync(RenewalScripts.Claim, [RedisKeys.Due(provider)], arguments))!, cancellationToken);
        var next = Moment((long)answer[1]);
        var resumed = answer[0] == 1 ? await sweep.AdvanceAsync(provider, cancellationToken) : DateTimeOffset.MaxValue;
        return new RenewalBatch([.. answer.Skip(2).Select(name => new ConnectionId(provider, name!))], resumed < next ? resumed : next);
    }

    public async ValueTask CorrectAsync(ConnectionId id, CancellationToken cancellationToken) =>
        await index.FollowAsync(id, await calls.RunIdempotentAsync("read", db => db.StringGetAsync(RedisKeys.Connection(id)), cancellationToken));

    private static DateTimeOffset Moment(long milliseconds) =>
        milliseconds < 0 ? DateTimeOffset.MaxValue : DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
