using System.Collections.Concurrent;

using Gateway.Model;
using Gateway.Store;
using Gateway.Store.Encryption;
using Gateway.Store.Redis;

using StackExchange.Redis;

namespace Gateway.Testing;

/// <summary>Rotation of the encryption key during operation; each test has its own server.</summary>
public abstract class KeyRotationContract(SharedServer server) : IAsyncDisposable
{
    private const int Many = 230;

    private static readonly string Old = Key(1);
    private static readonly string New = Key(2);

    // In flight at some instance; it has its own secret.
    private static readonly RefreshIntent Attempt = new("attempt", "instance", Samples.Later, Samples.Later);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_new_first_key_reseals_every_connection_without_a_visible_change()
    {
        await using var before = await HostAsync(Old);
        await using var host = await HostAsync(New, Old);
        await Eventually.TrueAsync(() => !host.Get<RedisChanges>().WasInterrupted);
        var told = new ConcurrentDictionary<ConnectionId, int>();
        using var subscription = host.Store.Subscribe(change =>
        {
            if (change.Connection is { } id)
            {
                told.AddOrUpdate(id, 1, static (_, times) => times + 1);
            }
        });
        var written = await WriteManyAsync(before);

        // In a cluster the client may receive each change once from every subscribed node.
        await Eventually.TrueAsync(() => told.Count == Many && told.Values.Distinct().Count() == 1);
        var toldBefore = told.Values.Sum();

        await WalkAsync(host);

        Assert.Equal([new(Name(New), true, true, Many), new(Name(Old), false, true, 0)], await host.Get<StoreKeys>().CountAsync(Cancel));
        Assert.Equal(toldBefore, told.Values.Sum());
        Assert.Contains(
            host.Logs.Lines, static line => line.Contains($"No connection is sealed with key {Name(Old)}", StringComparison.Ordinal));
        await using var after = await HostAsync(New);
        foreach (var connection in written)
        {
            var read = await after.Store.ReadAsync(connection.Id, Cancel);
            Assert.Equal(
                (connection.Generation, connection.Grant.RefreshToken, connection.Token, connection.Grant.Fields["apiKey"],
                    connection.Intent),
                (read!.Generation, read.Grant.RefreshToken, read.Token, read.Grant.Fields["apiKey"], read.Intent));
        }
    }

    [Fact]
    public async Task A_key_removed_too_early_is_reported_and_its_connections_are_unavailable_until_it_returns()
    {
        await using var before = await HostAsync(Old);
        var lost = await WriteAsync(before, new ConnectionId("bokio", "b-lost"));
        await using var host = await HostAsync(New);
        await WriteAsync(host, new ConnectionId("bokio", "a-new"));

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => host.Store.ReadAsync(lost.Id, Cancel).AsTask());
        Assert.Contains(Name(Old), refused.Message, StringComparison.Ordinal);
        Assert.True(refused.IsUnreadable);
        await WalkAsync(host);
        Assert.True(host.Get<KeyRotator>().IsKeyMissing);
        Assert.Contains(host.Logs.Lines, static line =>
            line.StartsWith("Error", StringComparison.Ordinal)
                && line.Contains($"1 connections are sealed with key {Name(Old)}", StringComparison.Ordinal));
        Assert.Equal([new(Name(New), true, true, 1), new(Name(Old), false, false, 1)], await host.Get<StoreKeys>().CountAsync(Cancel));
        Assert.Null(await host.Store.TryWriteAsync(lost, 0, Cancel));

        // One page contains both: the unreadable record hides no other.
        var page = await host.Store.ListAsync(new("bokio", null, null, 10), Cancel);
        Assert.Equal(
            [("a-new", ConnectionStatus.Ready), ("b-lost", ConnectionStatus.Unavailable)],
            page.Select(static connection => (connection.Id.Name, connection.StatusAt(TimeProvider.System.GetUtcNow()))));

        await using var back = await HostAsync(New, Old);
        Assert.Equal(lost.Token, (await back.Store.ReadAsync(lost.Id, Cancel))!.Token);
    }

    [Fact]
    public async Task Refreshes_continue_during_the_walk_and_none_is_reverted()
    {
        await using var before = await HostAsync(Old);
        await using var host = await HostAsync(New, Old);
        var ids = (await WriteManyAsync(before)).Take(10).Select(static connection => connection.Id).ToList();
        using var done = new CancellationTokenSource();
        var walks = Task.Run(
            async () =>
            {
                while (!done.IsCancellationRequested)
                {
                    await host.Get<KeyRotator>().TryWalkAsync(Cancel);
                }
            },
            Cancel);

        // The instance with only the old key cannot read resealed records, but writes: a later walk reseals these.
        await Parallel.ForEachAsync(ids, Cancel, async (id, cancel) =>
        {
            for (var generation = 1L; generation < 60; generation++)
            {
                Assert.NotNull(await before.Store.TryWriteAsync(Samples.Connection(id, generation + 1), generation, cancel));
            }
        });
        await done.CancelAsync();
        await walks;

        await WalkAsync(host);
        await using var after = await HostAsync(New);
        foreach (var id in ids)
        {
            Assert.Equal("refresh-x-60", (await after.Store.ReadAsync(id, Cancel))!.Grant.RefreshToken.Reveal());
        }
    }

    [Fact]
    public async Task An_interrupted_walk_is_finished_by_the_next_one_of_any_instance()
    {
        await using var before = await HostAsync(Old);
        await WriteManyAsync(before);
        await Eventually.TrueAsync(async () => await before.Get<RotationLease>().TryTakeAsync(Cancel));
        await using var host = await HostAsync(New, Old);

        Assert.Null(await host.Get<KeyRotator>().ResealAsync(static () => new(false), Cancel));
        var halfway = await host.Get<StoreKeys>().CountAsync(Cancel);
        Assert.True(halfway is [{ Records: > 50 }, { Records: > 50 }]);

        Assert.True(await before.Get<RotationLease>().ReleaseAsync(Cancel));
        await using var other = await HostAsync(New, Old);
        await WalkAsync(other);
        Assert.Equal([Many, 0], (await host.Get<StoreKeys>().CountAsync(Cancel)).Select(static key => key.Records));
    }

    [Fact]
    public async Task Only_one_instance_walks_at_a_time()
    {
        await using var host = await HostAsync(New, Old);
        await using var other = await HostAsync(New, Old);
        await Eventually.TrueAsync(async () => await host.Get<RotationLease>().TryTakeAsync(Cancel));

        Assert.False(await other.Get<KeyRotator>().TryWalkAsync(Cancel));
        Assert.True(await host.Get<RotationLease>().RenewAsync(Cancel));
        Assert.False(await other.Get<RotationLease>().ReleaseAsync(Cancel));
        Assert.True(await host.Get<RotationLease>().ReleaseAsync(Cancel));
        await WalkAsync(other);
    }

    [Fact]
    public async Task An_unreadable_record_is_counted_listed_and_left_unchanged()
    {
        await using var host = await HostAsync(New, Old);
        var whole = await WriteAsync(host, new ConnectionId("bokio", "a"));
        var broken = await WriteAsync(host, new ConnectionId("bokio", "b"));
        await using var client = await ConnectionMultiplexer.ConnectAsync(await server.ConfigurationAsync());
        RedisKey key = $"gateway:{{{broken.Id}}}:connection";
        await client.GetDatabase().StringSetAsync(key, "1 0 { not json");

        await WalkAsync(host);

        Assert.Equal("1 0 { not json", (string?)await client.GetDatabase().StringGetAsync(key));
        Assert.Contains(host.Logs.Lines, static line => line.Contains("1 connections can't be read", StringComparison.Ordinal));
        var page = await host.Store.ListAsync(new("bokio", null, null, 10), Cancel);
        Assert.Equal(
            [(whole.Id, null), (broken.Id, "unreadable")],
            page.Select(static connection => (connection.Id, connection.LastFailure?.Reason)));
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("1 0 { not json")]
    public async Task An_unreadable_record_can_be_removed_and_connected_again(string stored)
    {
        await using var host = await HostAsync(New, Old);
        var broken = await WriteAsync(host, new ConnectionId("bokio", "b"));
        await using var client = await ConnectionMultiplexer.ConnectAsync(await server.ConfigurationAsync());
        await client.GetDatabase().StringSetAsync($"gateway:{{{broken.Id}}}:connection", stored);

        Assert.True(await host.Store.RemoveAsync(broken.Id, Cancel));

        Assert.Null(await host.Store.ReadAsync(broken.Id, Cancel));
        Assert.NotNull(await host.Store.TryWriteAsync(Samples.Connection(broken.Id), 0, Cancel));
    }

    [Fact]
    public async Task A_cached_value_opens_while_its_key_is_configured_and_is_a_miss_afterwards()
    {
        await using var before = await HostAsync(Old);
        await before.Cache.SetAsync("mark", [1, 2, 3], new(), Cancel);

        await using var host = await HostAsync(New, Old);
        Assert.Equal([1, 2, 3], await host.Cache.GetAsync("mark", Cancel));
        await using var after = await HostAsync(New);
        Assert.Null(await after.Cache.GetAsync("mark", Cancel));
    }

    // The hosts' own background walks may hold the lease at the moment.
    private static Task WalkAsync(StoreHost host) => Eventually.TrueAsync(() => host.Get<KeyRotator>().TryWalkAsync(Cancel));

    private static string Key(byte fill) => Convert.ToBase64String(Enumerable.Repeat(fill, 32).ToArray());

    private static string Name(string key) => new EncryptionKey(Convert.FromBase64String(key)).Name;

    private static async Task<Connection> WriteAsync(StoreHost host, ConnectionId id) =>
        await host.Store.TryWriteAsync(Samples.Connection(id) with { Intent = Attempt }, 0, Cancel)
            ?? throw new InvalidOperationException("Not stored.");

    // In small batches: each call has a deadline of one second, which all of them at once may exceed on a slow machine.
    private static async Task<Connection[]> WriteManyAsync(StoreHost host)
    {
        var written = new Connection[Many];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Many), new ParallelOptions { MaxDegreeOfParallelism = 8 },
            async (i, _) => written[i] = await WriteAsync(host, new ConnectionId($"provider-{i % 2}", $"c{i}")));
        return written;
    }

    private async Task<StoreHost> HostAsync(params string[] keys)
    {
        var host = await StoreHost.StartAsync(
            [("Store:Redis", await server.ConfigurationAsync()),
                .. keys.Select(static (key, i) => ($"Store:EncryptionKeys:{i}", (string?)key))]);
        await Eventually.EqualAsync("ready", () => host.Readiness.Reason);
        return host;
    }
}
