using Gateway.Model;
using Gateway.Store.Records;
using Gateway.Store.Redis;

using StackExchange.Redis;

namespace Gateway.Store.Index;

/// <summary>
/// The renewal schedule in Redis: a sorted set per provider, claimed by script and kept up to date by <see cref="ConnectionIndex"/>. A
/// sweep adds missing entries: all of them after an upgrade or a loss of the set; once a day those whose writer died between record and
/// index. The instance that claims a page sweeps it, so that another instance goes on where one stops.
/// </summary>
internal sealed class RedisRenewalSchedule(
    RedisCalls calls, ConnectionIndex index, RecordScanner records, ProviderCatalog providers, TimeProvider clock) : IRenewalSchedule
{
    private static readonly TimeSpan BetweenPages = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan BetweenSweeps = TimeSpan.FromDays(1);

    // The member of the set that holds the moment of the next sweep. Without it the set was never built or was lost, and a sweep is due at
    // once. It is lost together with the set; its negative score keeps it out of every range of moments; no connection name contains a
    // slash.
    private const string SweepMember = "/";

    // KEYS: due. ARGV: now, end of the claim, how many names at most. Answers {1 if this caller is to sweep, the first moment left or -1,
    // name…}. The first moment is read by rank, behind the sweep member: Garnet copies a whole range of scores before it applies a LIMIT.
    private const string Claim =
        """
        local sweeps, sweep = 0, redis.call('ZSCORE', KEYS[1], '/')
        if not sweep or -tonumber(sweep) <= tonumber(ARGV[1]) then
          redis.call('ZADD', KEYS[1], '-' .. ARGV[2], '/')
          sweeps = 1
        end
        local names = redis.call('ZRANGEBYSCORE', KEYS[1], '0', ARGV[1], 'LIMIT', '0', ARGV[3])
        for i = 1, #names do redis.call('ZADD', KEYS[1], ARGV[2], names[i]) end
        local first = redis.call('ZRANGE', KEYS[1], '1', '1', 'WITHSCORES')
        local answer = {sweeps, '-1'}
        if first[2] then answer[2] = string.format('%.0f', tonumber(first[2])) end
        for i = 1, #names do answer[i + 2] = names[i] end
        return answer
        """;

    public async ValueTask<RenewalBatch> ClaimAsync(string provider, int limit, TimeSpan period, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        RedisValue[] arguments = [now.ToUnixTimeMilliseconds(), (now + period).ToUnixTimeMilliseconds(), limit];
        var answer = await calls.RunAsync(
            "claim", async db => (RedisValue[])(await db.ScriptEvaluateAsync(Claim, [RedisKeys.Due(provider)], arguments))!,
            cancellationToken);
        var next = (long)answer[1] is >= 0 and var moment ? DateTimeOffset.FromUnixTimeMilliseconds(moment) : DateTimeOffset.MaxValue;
        var nextPage = answer[0] == 1 ? await SweepAsync(provider, cancellationToken) : DateTimeOffset.MaxValue;
        return new RenewalBatch([.. answer.Skip(2).Select(name => new ConnectionId(provider, name!))], nextPage < next ? nextPage : next);
    }

    public async ValueTask CorrectAsync(ConnectionId id, CancellationToken cancellationToken) =>
        await index.FollowAsync(id,
            await calls.RunIdempotentAsync("read", db => db.StringGetAsync(RedisKeys.Connection(id)), cancellationToken));

    // Sweeps one page and returns the moment of the next one, MaxValue when that is not soon. A page that fails is swept when its claim
    // ends.
    private async ValueTask<DateTimeOffset> SweepAsync(string provider, CancellationToken cancellationToken)
    {
        try
        {
            var last = await calls.RunIdempotentAsync("sweep", db => db.StringGetAsync(RedisKeys.Swept(provider)), cancellationToken);
            var page = await records.ReadPageAsync(provider, last.IsNull ? "" : last.ToString(), cancellationToken);
            await AddMissingAsync(provider, page, cancellationToken);
            var next = clock.GetUtcNow() + (page.IsLast ? BetweenSweeps : BetweenPages);
            await calls.RunAsync("sweep", db => RememberAsync(db, provider, page.IsLast ? default : page.Records[^1].Id.Name, next),
                cancellationToken);
            return page.IsLast ? DateTimeOffset.MaxValue : next;
        }
        catch (StoreUnavailableException)
        {
            return DateTimeOffset.MaxValue;
        }
    }

    // An entry that exists stays: it may be a claim, and an entry with a wrong moment is corrected when that moment comes.
    private async ValueTask AddMissingAsync(string provider, RecordPage page, CancellationToken cancellationToken)
    {
        var client = providers.Find(provider)?.OAuth;
        var entries = page.Records
            .Select(pair => (pair.Id.Name, Due: StoredRecord.TryParse(pair.Stored) is { } record ? IndexEntry.DueOf(record, client) : null))
            .Where(static pair => pair.Due is not null)
            .Select(static pair => new SortedSetEntry(pair.Name, pair.Due!.Value))
            .ToArray();
        if (entries.Length > 0)
        {
            await calls.RunAsync("sweep", db => db.SortedSetAddAsync(RedisKeys.Due(provider), entries, SortedSetWhen.NotExists),
                cancellationToken);
        }
    }

    private static async Task<bool> RememberAsync(IDatabase db, string provider, RedisValue last, DateTimeOffset next)
    {
        await (last.IsNull ? db.KeyDeleteAsync(RedisKeys.Swept(provider)) : db.StringSetAsync(RedisKeys.Swept(provider), last));
        return await db.SortedSetAddAsync(RedisKeys.Due(provider), SweepMember, -next.ToUnixTimeMilliseconds());
    }
}
