using Gateway.Model;
using Gateway.Store.Listing;
using Gateway.Store.Records;
using Gateway.Store.Redis;

using StackExchange.Redis;

namespace Gateway.Store.Renewals;

/// <summary>
/// Adds to a provider's renewal schedule what is missing there: everything, after an upgrade or a loss; once a day, what slipped through
/// when a process died between a record and its index. A page at a time, by whichever instance claims the next page; where one stops,
/// another goes on.
/// </summary>
internal sealed class RenewalSweep(RedisCalls calls, ProviderCatalog providers, TimeProvider clock)
{
    private const int PageSize = 200;

    private static readonly TimeSpan BetweenPages = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan BetweenSweeps = TimeSpan.FromDays(1);

    /// <summary>One page. What fails is tried again when the claim on the sweep ends.</summary>
    /// <returns>When the next page is due; <see cref="DateTimeOffset.MaxValue"/> when that is not soon.</returns>
    public async ValueTask<DateTimeOffset> AdvanceAsync(string provider, CancellationToken cancellationToken)
    {
        try
        {
            var names = await calls.RunAsync("sweep", db => NextNamesAsync(db, provider), cancellationToken);
            await AddAsync(provider, names, cancellationToken);
            var isLast = names.Length < PageSize;
            var next = clock.GetUtcNow() + (isLast ? BetweenSweeps : BetweenPages);
            await calls.RunAsync("sweep", db => RememberAsync(db, provider, isLast ? default : names[^1], next), cancellationToken);
            return isLast ? DateTimeOffset.MaxValue : next;
        }
        catch (StoreUnavailableException)
        {
            return DateTimeOffset.MaxValue;
        }
    }

    private static async Task<RedisValue[]> NextNamesAsync(IDatabase db, string provider) => await NamePages.ReadAsync(
        db, RedisKeys.Names(provider), await db.StringGetAsync(RedisKeys.Swept(provider)), PageSize);

    // What has a moment already keeps it: it may be a claim, and a moment that is wrong is put right when it comes.
    private async Task AddAsync(string provider, RedisValue[] names, CancellationToken cancellationToken)
    {
        var records = await calls.RunAsync(
            "sweep", db => Task.WhenAll(names.Select(name => db.StringGetAsync(RedisKeys.Connection(new(provider, name!))))), cancellationToken);
        var client = providers.Find(provider)?.OAuth;
        var entries = names.Zip(records)
            .Select(pair => (Name: pair.First, Due: DueOf(pair.Second, client)))
            .Where(static pair => pair.Due is not null)
            .Select(static pair => new SortedSetEntry(pair.Name, pair.Due!.Value))
            .ToArray();
        if (entries.Length > 0)
        {
            await calls.RunAsync("sweep", db => db.SortedSetAddAsync(RedisKeys.Due(provider), entries, SortedSetWhen.NotExists), cancellationToken);
        }
    }

    private static async Task<bool> RememberAsync(IDatabase db, string provider, RedisValue last, DateTimeOffset next)
    {
        await (last.IsNull ? db.KeyDeleteAsync(RedisKeys.Swept(provider)) : db.StringSetAsync(RedisKeys.Swept(provider), last));
        return await db.SortedSetAddAsync(RedisKeys.Due(provider), RenewalScripts.Sweep, -next.ToUnixTimeMilliseconds());
    }

    // A record that this version can't read stops nobody but itself.
    private static double? DueOf(RedisValue stored, OAuthClient? client)
    {
        try
        {
            return StoredRecord.Parse(stored) is { } record ? IndexEntry.DueOf(record, client) : null;
        }
        catch (StoreUnavailableException)
        {
            return null;
        }
    }
}
