using Gateway.Model;

namespace Gateway.Testing;

/// <summary>Pages, filters and counts.</summary>
public abstract partial class ConnectionStoreContract
{
    private const int Many = 2_500;

    [Fact]
    public async Task Pages_filters_and_counts_agree_over_2500_connections()
    {
        var (first, second) = await pair.StoresAsync();
        var provider = Samples.NewId().Provider;
        var all = Enumerable.Range(0, Many)
            .Select(i => Varied(new ConnectionId(provider, $"{(i % 3 == 0 ? "A" : "b")}.{i * 7919 % Many}"), i)).ToList();
        await Parallel.ForEachAsync(
            all, new ParallelOptions { MaxDegreeOfParallelism = 32 },
            async (connection, cancel) => Assert.NotNull(await first.TryWriteAsync(connection, 0, cancel)));

        foreach (var status in new ConnectionStatus?[] { null, ConnectionStatus.Ready, ConnectionStatus.Unavailable,
                ConnectionStatus.ReauthorizationRequired })
        {
            var expected = all.Where(connection => status is null || connection.StatusAt(TimeProvider.System.GetUtcNow()) == status)
                .Select(static connection => connection.Id.Name).Order(StringComparer.Ordinal);
            Assert.Equal(expected, await NamesAsync(second, provider, status, limit: 300), StringComparer.Ordinal);
        }

        var tally = await second.TallyAsync(provider, Cancel);
        Assert.Equal(new ConnectionTally(Many - 500, 250, 250, 0, Samples.Later.AddHours(-2)), tally);
    }

    [Fact]
    public async Task A_listing_follows_a_connection_through_its_states()
    {
        var store = await FirstAsync();
        var id = Samples.NewId();
        await store.TryWriteAsync(Samples.Connection(id), 0, Cancel);
        Assert.Equal(new ConnectionTally(1, 0, 0, 0, Samples.Later), await store.TallyAsync(id.Provider, Cancel));

        await store.TryWriteAsync(Samples.Connection(id).Unavailable(), 1, Cancel);
        Assert.Equal(new ConnectionTally(0, 1, 0, 0, Samples.Later.AddHours(-2)), await store.TallyAsync(id.Provider, Cancel));

        await store.TryWriteAsync(Samples.Connection(id).Dead(), 1, Cancel);
        Assert.Equal(new ConnectionTally(0, 0, 1, 0, Samples.Later), await store.TallyAsync(id.Provider, Cancel));

        await store.TryWriteAsync(Samples.Connection(id, 2) with { Token = null }, 1, Cancel);
        Assert.Equal(new ConnectionTally(1, 0, 0, 0, null), await store.TallyAsync(id.Provider, Cancel));

        await store.RemoveAsync(id, Cancel);
        Assert.Equal(new ConnectionTally(0, 0, 0, 0, null), await store.TallyAsync(id.Provider, Cancel));
        Assert.Empty(await NamesAsync(store, id.Provider, null, limit: 10));
    }

    [Fact]
    public async Task A_failing_connection_is_ready_while_its_token_is_valid_and_unavailable_after_a_rejection()
    {
        var store = await FirstAsync();
        var id = Samples.NewId();
        await store.TryWriteAsync(Samples.Connection(id) with { LastFailure = Samples.Failure() }, 0, Cancel);
        Assert.Equal(1, (await store.TallyAsync(id.Provider, Cancel)).Ready);

        await store.TryWriteAsync(Samples.Connection(id) with { LastFailure = Samples.Failure(), RejectedGeneration = 1 }, 1, Cancel);
        Assert.Equal(1, (await store.TallyAsync(id.Provider, Cancel)).Unavailable);
        Assert.Equal([id.Name], await NamesAsync(store, id.Provider, ConnectionStatus.Unavailable, limit: 10), StringComparer.Ordinal);
    }

    [Fact]
    public async Task A_rejected_token_stays_rejected_after_a_new_grant_without_a_token()
    {
        var store = await FirstAsync();
        var id = Samples.NewId();
        var rejected = Samples.Connection(id) with { LastFailure = Samples.Failure(), RejectedGeneration = 1 };
        await store.TryWriteAsync(rejected, 0, Cancel);

        await store.TryWriteAsync(rejected with { Generation = 2, TokenAge = 1 }, 1, Cancel);

        Assert.Equal(1, (await store.TallyAsync(id.Provider, Cancel)).Unavailable);
        Assert.True((await store.ReadAsync(id, Cancel))!.IsRejected);
    }

    [Fact]
    public async Task A_leased_connection_counts_as_refreshing()
    {
        var (first, second) = await pair.StoresAsync();
        var id = Samples.NewId();
        await first.TryWriteAsync(Samples.Connection(id), 0, Cancel);
        await first.TryWriteAsync(Samples.Connection(id with { Name = "other" }), 0, Cancel);
        var begun = await first.BeginAsync(Samples.Begin(id), Cancel);

        // The index follows a moment later.
        await Eventually.TrueAsync(
            async () => await second.TallyAsync(id.Provider, Cancel) == new ConnectionTally(1, 0, 0, 1, Samples.Later));
        Assert.Equal([id.Name], await NamesAsync(second, id.Provider, ConnectionStatus.Refreshing, limit: 10), StringComparer.Ordinal);

        await first.ReleaseAsync(begun.Lease!, Cancel);
        await Eventually.TrueAsync(async () => (await second.TallyAsync(id.Provider, Cancel)).Ready == 2);
    }

    [Fact]
    public async Task A_token_that_never_expires_has_no_earliest_expiry()
    {
        var store = await FirstAsync();
        var written = Samples.Connection(Samples.NewId());
        await store.TryWriteAsync(written with { Token = written.Token! with { ExpiresAt = DateTimeOffset.MaxValue } }, 0, Cancel);

        Assert.Null((await store.TallyAsync(written.Id.Provider, Cancel)).EarliestExpiry);
        Assert.Equal(DateTimeOffset.MaxValue, (await store.ReadAsync(written.Id, Cancel))!.Token!.ExpiresAt);
    }

    [Fact]
    public async Task A_page_of_all_providers_continues_with_the_next_provider()
    {
        var store = await FirstAsync();
        var (a, b) = (Samples.NewId().Provider, Samples.NewId().Provider);
        foreach (var id in new ConnectionId[] { new(b, "1"), new(a, "2"), new(a, "1"), new(b, "2") })
        {
            await store.TryWriteAsync(Samples.Connection(id), 0, Cancel);
        }

        // Other tests' providers lie between and around these two.
        var (low, high) = string.CompareOrdinal(a, b) < 0 ? (a, b) : (b, a);
        var mine = new List<ConnectionId>();
        ConnectionId? after = new ConnectionId(low, "1");
        while (after is { } last && string.CompareOrdinal(last.Provider, high) <= 0)
        {
            var page = await store.ListAsync(new ConnectionQuery(null, null, last, 700), Cancel);
            mine.AddRange(page.Select(static connection => connection.Id).Where(id => id.Provider == low || id.Provider == high));
            after = page.Count < 700 ? null : page[^1].Id;
        }

        Assert.Equal([new(low, "2"), new(high, "1"), new(high, "2")], mine);
    }

    private static Connection Varied(ConnectionId id, int i) => (i % 10) switch
    {
        0 => Samples.Connection(id).Dead(),
        1 => Samples.Connection(id).Unavailable(),
        2 => Samples.Connection(id) with { LastFailure = Samples.Failure() },
        _ => Samples.Connection(id),
    };

    private static async Task<List<string>> NamesAsync(IConnectionStore store, string provider, ConnectionStatus? status, int limit)
    {
        var names = new List<string>();
        ConnectionId? after = null;
        while (true)
        {
            var page = await store.ListAsync(new ConnectionQuery(provider, status, after, limit), Cancel);
            names.AddRange(page.Select(static connection => connection.Id.Name));
            if (page.Count < limit)
            {
                return names;
            }

            after = page[^1].Id;
        }
    }
}
