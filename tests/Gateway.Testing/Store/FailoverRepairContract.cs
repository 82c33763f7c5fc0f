using Gateway.Model;

namespace Gateway.Testing;

/// <summary>A server that lost writes in a failover: this process has newer connections than it reads.</summary>
public abstract class FailoverRepairContract(SharedServer server)
{
    private readonly Memory _memory = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_lost_write_is_written_back_by_the_read_that_detects_it_and_published()
    {
        await using var host = await HostAsync();
        await using var other = await StoreHost.ReadyOnRedisAsync(await server.ConfigurationAsync());
        var first = await WriteAsync(host, Samples.Connection(Samples.NewId()));
        var newest = Remember(Renewed(first));
        var told = new TaskCompletionSource<ConnectionChange>();
        using var subscription =
            other.Store.Subscribe(change => _ = change is { Generation: 2 } && change.Connection == first.Id && told.TrySetResult(change));
        await Eventually.TrueAsync(() => !other.Get<Gateway.Store.Redis.RedisChanges>().WasInterrupted);

        Assert.Equal(newest.Token, (await host.Store.ReadAsync(first.Id, Cancel))!.Token);

        var stored = await other.Store.ReadAsync(first.Id, Cancel);
        Assert.Equal((2L, newest.Grant.RefreshToken), (stored!.Generation, stored.Grant.RefreshToken));
        Assert.Equal(2, (await told.Task.WaitAsync(Eventually.Patience, Cancel)).Generation);
        Assert.Contains(
            host.Logs.Lines, static line =>
                line.StartsWith("Warning", StringComparison.Ordinal) && line.Contains("written back", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_refresh_that_detects_lost_writes_begins_nothing_and_leaves_no_lease()
    {
        await using var host = await HostAsync();
        var first = await WriteAsync(host, Samples.Connection(Samples.NewId()));
        Remember(Renewed(first));

        var begun = await host.Store.BeginAsync(new RefreshBegin(first.Id, AttemptId.New("here"), 1, TimeSpan.FromMinutes(1)), Cancel);

        Assert.Equal((BeginState.Idle, 2L), (begun.State, begun.Stored!.Generation));
        Assert.False(await host.Store.IsLeasedAsync(first.Id, Cancel));
    }

    [Fact]
    public async Task A_lost_connection_is_written_back_and_listed()
    {
        await using var host = await HostAsync();
        var lost = Remember(Samples.Connection(Samples.NewId()) with { ConnectedAt = Samples.Later });

        Assert.Equal(1, (await host.Store.ReadAsync(lost.Id, Cancel))!.Generation);

        Assert.Equal(
            [lost.Id], (await host.Store.ListAsync(new(lost.Id.Provider, null, null, 10), Cancel))
                .Select(static connection => connection.Id));
        Assert.Contains(
            lost.Id, (await host.Store.ListAsync(new(null, null, null, 1000), Cancel)).Select(static connection => connection.Id));
    }

    [Fact]
    public async Task A_listing_detects_a_lost_write()
    {
        await using var host = await HostAsync();
        var first = await WriteAsync(host, Samples.Connection(Samples.NewId()));
        Remember(Renewed(first));

        Assert.Equal(2, Assert.Single(await host.Store.ListAsync(new(first.Id.Provider, null, null, 10), Cancel)).Generation);
    }

    [Fact]
    public async Task A_removal_is_not_reverted()
    {
        await using var host = await HostAsync();
        var first = await WriteAsync(host, Samples.Connection(Samples.NewId()));
        await host.Store.RemoveAsync(first.Id, Cancel);
        Remember(Renewed(first));

        Assert.Null(await host.Store.ReadAsync(first.Id, Cancel));
    }

    [Fact]
    public async Task A_connection_put_after_the_failover_stays_with_any_generation()
    {
        await using var host = await HostAsync();
        var first = await WriteAsync(host, Samples.Connection(Samples.NewId()));
        Remember(Renewed(Renewed(first)));
        var replaced = Samples.Connection(first.Id, 2, "replacement") with { ConnectedAt = first.ConnectedAt!.Value.AddSeconds(1) };
        Assert.NotNull(await host.Store.TryWriteAsync(replaced, 1, Cancel));

        Assert.Equal(replaced.Grant.RefreshToken, (await host.Store.ReadAsync(first.Id, Cancel))!.Grant.RefreshToken);
    }

    [Fact]
    public async Task A_lost_replacement_is_written_back()
    {
        await using var host = await HostAsync();
        var first = await WriteAsync(host, Samples.Connection(Samples.NewId()));
        var replacement =
            Remember(Samples.Connection(first.Id, 2, "replacement") with { ConnectedAt = first.ConnectedAt!.Value.AddSeconds(1) });

        Assert.Equal(replacement.Grant.RefreshToken, (await host.Store.ReadAsync(first.Id, Cancel))!.Grant.RefreshToken);
    }

    [Fact]
    public async Task A_failure_recorded_on_the_older_grant_is_overwritten()
    {
        await using var host = await HostAsync();
        var first = await WriteAsync(host, Samples.Connection(Samples.NewId()));
        Assert.NotNull(await host.Store.TryWriteAsync(first.Dead() with { Fence = 7 }, 1, Cancel));
        Remember(Renewed(first));

        var stored = await host.Store.ReadAsync(first.Id, Cancel);

        Assert.Null(stored!.DeadSince);
        Assert.NotNull(await host.Store.TryWriteAsync(Renewed(stored) with { Fence = 8 }, 2, Cancel));
    }

    [Fact]
    public async Task Concurrent_detections_write_back_once()
    {
        await using var host = await HostAsync();
        var first = await WriteAsync(host, Samples.Connection(Samples.NewId()));
        Remember(Renewed(first));

        var reads = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => host.Store.ReadAsync(first.Id, Cancel).AsTask()));

        Assert.All(reads, static read => Assert.Equal(2, read!.Generation));
        Assert.Single(host.Logs.Lines, static line => line.Contains("written back", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_connection_that_was_never_stored_is_not_written_back()
    {
        await using var host = await HostAsync();
        var note = Remember(Samples.Connection(Samples.NewId(), generation: 0) with { LastFailure = Samples.Failure() });

        Assert.Null(await host.Store.ReadAsync(note.Id, Cancel));
    }

    [Fact]
    public async Task An_older_or_equal_cached_connection_is_not_written_back()
    {
        await using var host = await HostAsync();
        var first = await WriteAsync(host, Samples.Connection(Samples.NewId()));
        Remember(first);
        Assert.NotNull(await host.Store.TryWriteAsync(Renewed(first), 1, Cancel));

        Assert.Equal(2, (await host.Store.ReadAsync(first.Id, Cancel))!.Generation);
        Assert.DoesNotContain(host.Logs.Lines, static line => line.Contains("written back", StringComparison.Ordinal));
    }

    private static Connection Renewed(Connection connection) =>
        Samples.Connection(connection.Id, connection.Generation + 1, "renewed") with { ConnectedAt = connection.ConnectedAt };

    private static async Task<Connection> WriteAsync(StoreHost host, Connection connection) =>
        await host.Store.TryWriteAsync(connection, 0, Cancel) ?? throw new InvalidOperationException("Not stored.");

    private Connection Remember(Connection connection) => _memory.Known = connection;

    private async Task<StoreHost> HostAsync() => await StoreHost.ReadyOnRedisAsync(
        await server.ConfigurationAsync(), services => services.AddSingleton<IKnownConnections>(_memory));

    private sealed class Memory : IKnownConnections
    {
        public Connection? Known { get; set; }

        public Connection? Find(ConnectionId id, TimeSpan confirmedWithin) => Known?.Id == id ? Known : null;
    }
}
