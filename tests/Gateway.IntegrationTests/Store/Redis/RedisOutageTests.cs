using System.Diagnostics;

using Gateway.Model;
using Gateway.Store.Redis;

using StackExchange.Redis;

namespace Gateway.IntegrationTests.Store.Redis;

public sealed class RedisOutageTests
{
    // The deadline of one second plus a margin for a slow machine; the client's own timeout is five seconds.
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(4);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_host_started_without_Redis_logs_it_and_becomes_ready_when_Redis_starts()
    {
        await using var server = await RedisServer.StartAsync();
        await server.StopAsync();

        await using var host = await StoreHost.OnRedisAsync(server.Configuration);
        await Eventually.EqualAsync("unreachable", () => host.Readiness.Reason);
        Assert.False(host.Readiness.HasBeenReady);
        await AssertUnavailableAsync("unreachable", () => host.Store.ReadAsync(Samples.NewId(), Cancel).AsTask());

        await server.RestartAsync();
        await Eventually.EqualAsync("ready", () => host.Readiness.Reason);
        await WriteAsync(host);
    }

    [Fact]
    public async Task A_host_started_with_a_frozen_Redis_starts_in_time_and_recovers()
    {
        await using var server = await RedisServer.StartAsync();
        await server.FreezeAsync();
        var start = Stopwatch.GetTimestamp();

        await using var host = await StoreHost.OnRedisAsync(server.Configuration);

        Assert.True(Stopwatch.GetElapsedTime(start) < Bound);
        await AssertUnavailableAsync("timeout", () => host.Store.ReadAsync(Samples.NewId(), Cancel).AsTask());
        await server.ResumeAsync();
        await Eventually.EqualAsync("ready", () => host.Readiness.Reason);
        await WriteAsync(host);
    }

    [Fact]
    public async Task Calls_fail_fast_when_Redis_is_killed_and_the_data_survives_its_restart()
    {
        await using var server = await RedisServer.StartAsync(appendOnly: true);
        await using var host = await StoreHost.OnRedisAsync(server.Configuration);
        var id = await WriteAsync(host);

        await server.KillAsync();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => host.Store.ReadAsync(id, Cancel).AsTask());
        await Eventually.EqualAsync("unreachable", () => host.Readiness.Reason);
        await AssertUnavailableAsync("unreachable", () => host.Store.ReadAsync(id, Cancel).AsTask());
        await AssertUnavailableAsync("unreachable", () => host.Cache.GetAsync("mark", Cancel));
        Assert.True(host.Readiness.HasBeenReady);

        await server.RestartAsync();
        await Eventually.EqualAsync("ready", () => host.Readiness.Reason);
        Assert.NotNull(await host.Store.ReadAsync(id, Cancel));
        await WriteAsync(host);
    }

    [Fact]
    public async Task Calls_to_a_frozen_Redis_end_at_the_deadline_and_succeed_afterwards()
    {
        await using var server = await RedisServer.StartAsync();
        await using var host = await StoreHost.OnRedisAsync(server.Configuration);
        var id = await WriteAsync(host);

        await server.FreezeAsync();
        await AssertUnavailableAsync("timeout", () => host.Store.ReadAsync(id, Cancel).AsTask());
        await AssertUnavailableAsync("timeout", () => host.Cache.GetAsync("mark", Cancel));
        await Eventually.EqualAsync("timeout", () => host.Readiness.Reason);

        await server.ResumeAsync();
        await Eventually.EqualAsync("ready", () => host.Readiness.Reason);
        Assert.NotNull(await host.Store.ReadAsync(id, Cancel));
    }

    [Fact]
    public async Task Calls_fail_at_once_while_Redis_is_known_to_be_frozen()
    {
        await using var server = await RedisServer.StartAsync();
        await using var host = await StoreHost.OnRedisAsync(server.Configuration);
        var id = await WriteAsync(host);
        await server.FreezeAsync();
        await Eventually.EqualAsync("timeout", () => host.Readiness.Reason);

        // Sequential calls: with the deadline, each would take a second.
        var start = Stopwatch.GetTimestamp();
        for (var call = 0; call < 10; call++)
        {
            await AssertUnavailableAsync("timeout", () => host.Store.ReadAsync(id, Cancel).AsTask());
            await AssertUnavailableAsync("timeout", () => host.Cache.GetAsync("mark", Cancel));
        }

        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(10));
        await server.ResumeAsync();
        await Eventually.EqualAsync("ready", () => host.Readiness.Reason);
        Assert.NotNull(await host.Store.ReadAsync(id, Cancel));
    }

    [Fact]
    public async Task A_cancelled_call_is_reported_as_cancelled_not_as_an_outage()
    {
        await using var server = await RedisServer.StartAsync();
        await using var host = await StoreHost.OnRedisAsync(server.Configuration);
        await WriteAsync(host);
        await server.FreezeAsync();
        using var giveUp = new CancellationTokenSource();

        var read = host.Store.ReadAsync(Samples.NewId(), giveUp.Token).AsTask();
        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
        await server.ResumeAsync();
    }

    [Fact]
    public async Task Redis_out_of_memory_refuses_writes_with_that_reason_and_still_reads()
    {
        await using var server = await RedisServer.StartAsync();
        await using var host = await StoreHost.OnRedisAsync(server.Configuration);
        var id = await WriteAsync(host);
        await using var admin = await AdminAsync(server);

        await admin.GetDatabase().ExecuteAsync("CONFIG", "SET", "maxmemory", "1");

        await AssertUnavailableAsync("out_of_memory", () => host.Store.TryWriteAsync(Samples.Connection(id, 2), 1, Cancel).AsTask());
        Assert.Equal(1, (await host.Store.ReadAsync(id, Cancel))!.Generation);
        Assert.True(host.Readiness.IsReady);
        await admin.GetDatabase().ExecuteAsync("CONFIG", "SET", "maxmemory", "0");
        Assert.NotNull(await host.Store.TryWriteAsync(Samples.Connection(id, 2), 1, Cancel));
    }

    [Fact]
    public async Task A_replica_refuses_writes_with_that_reason_and_accepts_them_as_primary()
    {
        await using var server = await RedisServer.StartAsync();
        await using var host = await StoreHost.OnRedisAsync(server.Configuration);
        var id = await WriteAsync(host);
        await using var admin = await AdminAsync(server);

        await admin.GetDatabase().ExecuteAsync("REPLICAOF", "127.0.0.1", "1");

        await AssertUnavailableAsync("read_only", () => host.Store.TryWriteAsync(Samples.Connection(id, 2), 1, Cancel).AsTask());
        Assert.Equal(1, (await host.Store.ReadAsync(id, Cancel))!.Generation);
        await admin.GetDatabase().ExecuteAsync("REPLICAOF", "NO", "ONE");
        await Eventually.TrueAsync(async () => await TryAsync(() => host.Store.TryWriteAsync(Samples.Connection(id, 2), 1, Cancel)));
    }

    [Fact]
    public async Task A_lost_subscription_is_renewed_and_reports_missed_messages()
    {
        await using var server = await RedisServer.StartAsync();
        await using var host = await StoreHost.OnRedisAsync(server.Configuration);
        await using var other = await StoreHost.OnRedisAsync(server.Configuration);
        var heard = new System.Collections.Concurrent.ConcurrentQueue<ConnectionChange>();
        using var subscription = host.Store.Subscribe(heard.Enqueue);
        await Eventually.TrueAsync(() => !host.Get<RedisChanges>().WasInterrupted);
        heard.Clear();
        await using var admin = await AdminAsync(server);

        await admin.GetDatabase().ExecuteAsync("CLIENT", "KILL", "TYPE", "pubsub");

        await Eventually.TrueAsync(() => heard.Contains(new ConnectionChange(null, 0)));
        var id = await WriteAsync(other);
        await Eventually.TrueAsync(async () =>
        {
            await other.Store.TryWriteAsync(Samples.Connection(id), 1, Cancel);
            return heard.Contains(new ConnectionChange(id, 1));
        });
    }

    [Fact]
    public async Task An_index_that_could_not_be_written_is_repaired()
    {
        await using var server = await RedisServer.StartAsync();
        await using var host = await StoreHost.OnRedisAsync(server.Configuration);
        var id = await WriteAsync(host);
        await using var admin = await AdminAsync(server);

        // Scripts succeed, index commands fail.
        await admin.GetDatabase().ExecuteAsync("ACL", "SETUSER", "default", "-zrem");
        Assert.NotNull(await host.Store.TryWriteAsync(Samples.Connection(id).Dead(), 1, Cancel));
        await admin.GetDatabase().ExecuteAsync("ACL", "SETUSER", "default", "+zrem");

        await Eventually.TrueAsync(async () => (await host.Store.TallyAsync(id.Provider, Cancel)).ReauthorizationRequired == 1);
    }

    private static async Task<ConnectionId> WriteAsync(StoreHost host)
    {
        await Eventually.EqualAsync("ready", () => host.Readiness.Reason);
        var connection = Samples.Connection(Samples.NewId());
        Assert.NotNull(await host.Store.TryWriteAsync(connection, 0, Cancel));
        return connection.Id;
    }

    private static async Task<bool> TryAsync(Func<ValueTask<Connection?>> write)
    {
        try
        {
            return await write() is not null;
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
    }

    private static async Task<ConnectionMultiplexer> AdminAsync(RedisServer server) =>
        await ConnectionMultiplexer.ConnectAsync(server.Configuration + ",allowAdmin=true");

    private static async Task AssertUnavailableAsync(string word, Func<Task> call)
    {
        var start = Stopwatch.GetTimestamp();
        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(call);

        Assert.EndsWith($": {word}.", refused.Message, StringComparison.Ordinal);
        Assert.Null(refused.InnerException);
        Assert.True(Stopwatch.GetElapsedTime(start) < Bound);
    }
}
