using System.Collections.Concurrent;

using Gateway.Model;
using Gateway.Store;
using Gateway.Store.Redis;

using StackExchange.Redis;

namespace Gateway.Testing;

/// <summary>A due renewal is claimed once, becomes due again when it was not done, and follows the record.</summary>
public abstract class RenewalScheduleContract(RenewalPair pair)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static readonly DateTimeOffset Now = Samples.Later.AddHours(-1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_concurrent_claims_share_no_due_connection()
    {
        var (first, second, provider) = await pair.HostsAsync();
        await WriteManyAsync(first, provider, 300, Overdue);
        var claimed = new ConcurrentBag<ConnectionId>();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(claimer => Task.Run(async () =>
        {
            while ((await ScheduleOf(claimer % 2 == 0 ? first : second).ClaimAsync(provider, 16, Minute, Cancel)).Due is { Count: > 0 } due)
            {
                Assert.True(due.Count <= 16);
                due.ToList().ForEach(claimed.Add);
            }
        })));

        Assert.Equal(300, claimed.Count);
        Assert.Equal(300, claimed.Distinct().Count());
    }

    [Fact]
    public async Task A_connection_that_was_not_renewed_is_due_again_when_the_claim_ends()
    {
        var (first, second, provider) = await pair.HostsAsync();
        var kept = await WriteAsync(first, new(provider, "kept"), Overdue);
        Assert.Equal([kept], (await ScheduleOf(first).ClaimAsync(provider, 5, Minute, Cancel)).Due);
        Assert.Empty((await ScheduleOf(second).ClaimAsync(provider, 5, Minute, Cancel)).Due);

        var id = await WriteAsync(first, new(provider, "acme"), Overdue);
        Assert.Equal([id], (await ScheduleOf(first).ClaimAsync(provider, 5, TimeSpan.FromMilliseconds(300), Cancel)).Due);
        await Eventually.TrueAsync(
            async () => (await ScheduleOf(second).ClaimAsync(provider, 5, Minute, Cancel)).Due is [var back] && back == id);
    }

    [Fact]
    public async Task A_write_sets_the_next_due_time_also_of_a_claimed_connection()
    {
        var (first, second, provider) = await pair.HostsAsync();
        var id = await WriteAsync(first, new(provider, "acme"), Overdue);
        await ScheduleOf(second).ClaimAsync(provider, 5, Minute, Cancel);

        await first.Store.TryWriteAsync(Samples.Connection(id, 2), 1, Cancel);

        var next = await ScheduleOf(second).ClaimAsync(provider, 5, Minute, Cancel);
        Assert.Empty(next.Due);
        Assert.InRange(next.NextAt, Samples.Later.AddMinutes(-5), Samples.Later.AddMinutes(-4));
    }

    [Fact]
    public async Task The_most_overdue_connection_comes_first_and_the_next_due_time_is_returned()
    {
        var (first, _, provider) = await pair.HostsAsync();
        await WriteAsync(first, new(provider, "late"), Overdue);
        await WriteAsync(
            first, new(provider, "later"),
            connection => Overdue(connection) with { Token = new(new("t"), Now.AddHours(-9)), RefreshedAt = null });
        await WriteAsync(first, new(provider, "fine"), static connection => connection);

        Assert.Equal("later", Assert.Single((await ScheduleOf(first).ClaimAsync(provider, 1, Minute, Cancel)).Due).Name);
        var rest = await ScheduleOf(first).ClaimAsync(provider, 5, Minute, Cancel);

        Assert.Equal("late", Assert.Single(rest.Due).Name);
        Assert.InRange(rest.NextAt, TimeProvider.System.GetUtcNow(), TimeProvider.System.GetUtcNow() + Minute);
    }

    [Theory]
    [InlineData(OAuthGrant.AuthorizationCode, "dead")]
    [InlineData(OAuthGrant.AuthorizationCode, "grantless")]
    [InlineData(OAuthGrant.AuthorizationCode, "endless")]
    [InlineData(OAuthGrant.AuthorizationCode, "backoff")]
    [InlineData(OAuthGrant.AuthorizationCode, "removed")]
    [InlineData(OAuthGrant.ClientCredentials, "unused")]
    [InlineData(null, "stranger")]
    public async Task A_connection_that_cannot_be_renewed_is_not_claimed(OAuthGrant? grant, string kind)
    {
        var (first, _, provider) = await pair.HostsAsync(grant);
        var id = await WriteAsync(first, new(provider, "acme"), connection => kind switch
        {
            "dead" => Overdue(connection).Dead(),
            "grantless" => Overdue(connection) with { Grant = Grant.None },
            "endless" => connection with { Token = new(new("t"), DateTimeOffset.MaxValue) },
            "backoff" => Overdue(connection) with { LastFailure = Samples.Failure() with { RetryAt = Samples.Later } },
            _ => Overdue(connection),
        });
        if (kind == "removed")
        {
            await first.Store.RemoveAsync(id, Cancel);
        }

        Assert.Empty((await ScheduleOf(first).ClaimAsync(provider, 5, Minute, Cancel)).Due);
        Assert.Equal(0, (await first.Store.TallyAsync(provider, Cancel)).RenewalsDue);
    }

    [Fact]
    public async Task A_wrong_due_time_is_corrected()
    {
        var (first, second, provider) = await pair.HostsAsync();
        var id = await WriteAsync(first, new(provider, "acme"), static connection => connection);
        await (await DatabaseAsync(first)).SortedSetAddAsync(RedisKeys.Due(provider), id.Name, 1);
        Assert.Equal([id], (await ScheduleOf(first).ClaimAsync(provider, 5, TimeSpan.Zero, Cancel)).Due);

        await ScheduleOf(second).CorrectAsync(id, Cancel);

        Assert.Empty((await ScheduleOf(first).ClaimAsync(provider, 5, Minute, Cancel)).Due);
    }

    [Fact]
    public async Task A_missing_index_is_built_page_by_page_by_the_claiming_instances()
    {
        var (first, second, provider) = await pair.HostsAsync();
        await WriteManyAsync(first, provider, 450, Overdue);
        await WriteAsync(first, new(provider, "grantless"), static connection => Overdue(connection) with { Grant = Grant.None });
        var database = await DatabaseAsync(first);
        await database.KeyDeleteAsync(RedisKeys.Due(provider));

        var claimed = new HashSet<ConnectionId>();
        var claimer = first;
        await Eventually.TrueAsync(async () =>
        {
            claimer = claimer == first ? second : first;
            var batch = await ScheduleOf(claimer).ClaimAsync(provider, 100, Minute, Cancel);
            Assert.All(batch.Due, id => Assert.True(claimed.Add(id)));
            return claimed.Count == 450;
        });

        // The index counts as complete for a day, and its build cursor is gone.
        var sweep = await database.SortedSetScoreAsync(RedisKeys.Due(provider), "/");
        Assert.InRange(-sweep!.Value, Now.AddHours(23).ToUnixTimeMilliseconds(), Now.AddHours(26).ToUnixTimeMilliseconds());
        Assert.False(await database.KeyExistsAsync(RedisKeys.Swept(provider)));
    }

    [Fact]
    public async Task Due_connections_and_their_delay_are_counted_until_they_are_claimed()
    {
        var (first, second, provider) = await pair.HostsAsync();
        await WriteManyAsync(first, provider, 3, Overdue);
        await WriteAsync(first, new(provider, "fine"), static connection => connection);

        var waiting = await second.Store.TallyAsync(provider, Cancel);
        Assert.Equal(3, waiting.RenewalsDue);
        Assert.InRange(waiting.RenewalLag, TimeSpan.FromHours(1), TimeSpan.FromHours(3));

        await ScheduleOf(first).ClaimAsync(provider, 5, Minute, Cancel);
        var taken = await second.Store.TallyAsync(provider, Cancel);
        Assert.Equal((0, TimeSpan.Zero), (taken.RenewalsDue, taken.RenewalLag));
    }

    // A token that expired an hour ago, minted an hour before that.
    private protected static Connection Overdue(Connection connection) =>
        connection with { Token = new(new("t"), Now.AddHours(-1)), RefreshedAt = Now.AddHours(-2) };

    private protected static IRenewalSchedule ScheduleOf(StoreHost host) => host.Get<IRenewalSchedule>();

    private protected static async Task<IDatabase> DatabaseAsync(StoreHost host) => (await host.Get<RedisLink>().Multiplexer).GetDatabase();

    private protected static async Task<ConnectionId> WriteAsync(StoreHost host, ConnectionId id, Func<Connection, Connection> change)
    {
        Assert.NotNull(await host.Store.TryWriteAsync(change(Samples.Connection(id)), 0, Cancel));
        return id;
    }

    private protected static Task WriteManyAsync(StoreHost host, string provider, int count, Func<Connection, Connection> change) =>
        Parallel.ForEachAsync(
        Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 8 },
        async (i, _) => await WriteAsync(host, new(provider, $"c{i:d6}"), change));
}
