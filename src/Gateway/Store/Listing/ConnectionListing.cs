using Gateway.Model;
using Gateway.Store.Redis;

using StackExchange.Redis;

namespace Gateway.Store.Listing;

/// <summary>Pages of names and counts, from the index alone.</summary>
internal sealed class ConnectionListing(RedisCalls calls, TimeProvider clock)
{
    /// <summary>Every provider that ever had a connection, in byte order.</summary>
    public async ValueTask<IReadOnlyList<string>> ProvidersAsync(CancellationToken cancellationToken)
    {
        var providers = await calls.RunIdempotentAsync("list", static db => db.SetMembersAsync(RedisKeys.Providers), cancellationToken);
        return [.. providers.Select(static provider => (string)provider!).Order(StringComparer.Ordinal)];
    }

    /// <summary>
    /// The next names in byte order: exactly those of the status, or, for <see cref="ConnectionStatus.Ready"/> and for none, all of them.
    /// </summary>
    /// <param name="provider">Whose.</param>
    /// <param name="status">Null for all.</param>
    /// <param name="after">The last name before the page; empty for the first page.</param>
    /// <param name="count">How many at most.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<IReadOnlyList<string>> NamesAsync(
        string provider, ConnectionStatus? status, string after, int count, CancellationToken cancellationToken)
    {
        var names = await calls.RunIdempotentAsync(
            "list",
            db => status switch
            {
                ConnectionStatus.ReauthorizationRequired => NamePages.ReadAsync(db, RedisKeys.Dead(provider), after, count),
                ConnectionStatus.Unavailable => db.SortedSetRangeByScoreAsync(RedisKeys.Failing(provider), stop: Now()),
                ConnectionStatus.Refreshing => db.SortedSetRangeByScoreAsync(RedisKeys.Leased(provider), Now(), exclude: Exclude.Start),
                _ => NamePages.ReadAsync(db, RedisKeys.Names(provider), after, count),
            },
            cancellationToken);

        // Two of these sets are in order of time and small next to all connections: they are put in order of names here.
        return [.. names.Select(static name => (string)name!).Where(name => string.CompareOrdinal(name, after) > 0).Order(StringComparer.Ordinal).Take(count)];
    }

    public ValueTask<ConnectionTally> TallyAsync(string provider, CancellationToken cancellationToken) =>
        calls.RunIdempotentAsync("tally", db => CountAsync(db, provider, Now()), cancellationToken);

    /// <summary>Whether a connection has the status that has no set of its own.</summary>
    public bool IsReady(Connection connection) => connection.StatusAt(clock.GetUtcNow()) == ConnectionStatus.Ready;

    // The numbers are of slightly different moments, which is all that gauges need. A leased connection that fails counts as failing.
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

    private double Now() => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
