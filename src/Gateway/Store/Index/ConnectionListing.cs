using Gateway.Model;
using Gateway.Store.Redis;

using StackExchange.Redis;

namespace Gateway.Store.Index;

/// <summary>Reads pages of names and counts from the index alone.</summary>
internal sealed class ConnectionListing(RedisCalls calls, TimeProvider clock)
{
    // KEYS: set. ARGV: last name of the page before (it may be gone; empty for the first page), how many names. Read by rank while that
    // name is in the set: Garnet copies a whole range of names before it applies a LIMIT. For Lua 5.1 and 5.4, as RedisScripts.
    private const string NextPage =
        """
        local first = 0
        if ARGV[1] ~= '' then
          local last = redis.call('ZRANK', KEYS[1], ARGV[1])
          if not last then return redis.call('ZRANGEBYLEX', KEYS[1], '(' .. ARGV[1], '+', 'LIMIT', '0', ARGV[2]) end
          first = last + 1
        end
        return redis.call('ZRANGE', KEYS[1], string.format('%.0f', first), string.format('%.0f', first + tonumber(ARGV[2]) - 1))
        """;

    /// <summary>Every provider that ever had a connection, in byte order.</summary>
    public async ValueTask<IReadOnlyList<string>> ProvidersAsync(CancellationToken cancellationToken)
    {
        var providers = await calls.RunIdempotentAsync("list", static db => db.SetMembersAsync(RedisKeys.Providers), cancellationToken);
        return [.. providers.Select(static provider => (string)provider!).Order(StringComparer.Ordinal)];
    }

    /// <summary>
    /// The next names in byte order: those of the status, or all names for <see cref="ConnectionStatus.Ready"/> and for null.
    /// </summary>
    /// <param name="status">Null for all.</param>
    /// <param name="after">The last name of the page before; empty for the first page.</param>
    public async ValueTask<IReadOnlyList<string>> NamesAsync(
        string provider, ConnectionStatus? status, string after, int count, CancellationToken cancellationToken)
    {
        var names = await calls.RunIdempotentAsync(
            "list",
            db => status switch
            {
                ConnectionStatus.ReauthorizationRequired => ReadPageAsync(db, RedisKeys.Dead(provider), after, count),
                ConnectionStatus.Unavailable => db.SortedSetRangeByScoreAsync(RedisKeys.Failing(provider), stop: Now()),
                ConnectionStatus.Refreshing => db.SortedSetRangeByScoreAsync(RedisKeys.Leased(provider), Now(), exclude: Exclude.Start),
                _ => ReadPageAsync(db, RedisKeys.Names(provider), after, count),
            },
            cancellationToken);

        // Failing and leased are ordered by time, and small: they are sorted by name here.
        return
        [
            .. names.Select(static name => (string)name!)
                .Where(name => string.CompareOrdinal(name, after) > 0)
                .Order(StringComparer.Ordinal)
                .Take(count),
        ];
    }

    public ValueTask<ConnectionTally> TallyAsync(string provider, CancellationToken cancellationToken) =>
        calls.RunIdempotentAsync("tally", db => CountAsync(db, provider, Now()), cancellationToken);

    /// <summary>Whether a connection is ready: the one status that has no set of its own.</summary>
    public bool IsReady(Connection connection) => connection.StatusAt(clock.GetUtcNow()) == ConnectionStatus.Ready;

    // The numbers are from slightly different moments, which is good enough for gauges. A leased connection that fails counts as failing.
    private static async Task<ConnectionTally> CountAsync(IDatabase db, string provider, double now)
    {
        var all = db.SortedSetLengthAsync(RedisKeys.Names(provider));
        var dead = db.SortedSetLengthAsync(RedisKeys.Dead(provider));
        var failing = db.SortedSetLengthAsync(RedisKeys.Failing(provider), max: now);
        var first = db.SortedSetRangeByRankWithScoresAsync(RedisKeys.Expiry(provider), 0, 0);
        var due = db.SortedSetLengthAsync(RedisKeys.Due(provider), 0, now);
        var mostOverdue = db.SortedSetRangeByScoreWithScoresAsync(RedisKeys.Due(provider), 0, now, take: 1);
        var leased = await db.SortedSetRangeByScoreAsync(RedisKeys.Leased(provider), now, exclude: Exclude.Start);
        var failingSince = leased.Length == 0 ? [] : await db.SortedSetScoresAsync(RedisKeys.Failing(provider), leased);
        var refreshing = failingSince.Count(since => since is not { } from || from > now);
        return new ConnectionTally(
            Math.Max(0, await all - await dead - await failing - refreshing), await failing, await dead, refreshing,
            (await first) is [var earliest] ? DateTimeOffset.FromUnixTimeMilliseconds((long)earliest.Score) : null)
        {
            RenewalsDue = await due,
            RenewalLag = (await mostOverdue) is [var overdue] ? TimeSpan.FromMilliseconds(now - overdue.Score) : TimeSpan.Zero,
        };
    }

    private static async Task<RedisValue[]> ReadPageAsync(IDatabase db, RedisKey set, string after, int count) =>
        (RedisValue[])(await db.ScriptEvaluateAsync(NextPage, [set], [after, count]))!;

    private double Now() => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
