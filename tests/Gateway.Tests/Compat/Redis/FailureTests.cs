using System.Collections.Concurrent;
using Gateway.Tests.Infrastructure;
using StackExchange.Redis;

namespace Gateway.Tests.Compat.Redis;

/// <summary>Broken wires: what the client reports, and that it never gives a wrong value.</summary>
public sealed class FailureTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_killed_server_is_found_again_with_its_subscriptions()
    {
        await using var server = await RedisServer.StartAsync(appendOnly: true);
        await using var client = await ConnectionMultiplexer.ConnectAsync(server.Configuration);
        var redis = client.GetDatabase();
        var channel = RedisChannel.Literal("news");
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await client.GetSubscriber().SubscribeAsync(channel, (_, _) => heard.TrySetResult());
        await redis.StringSetAsync("k", "v");

        await server.KillAsync();
        await Eventually.SucceedsAsync(() => Task.FromResult(!client.IsConnected));
        await server.RestartAsync();

        await Eventually.SucceedsAsync(async () => await redis.StringGetAsync("k") == "v");
        await Eventually.SucceedsAsync(async () => await redis.PublishAsync(channel, 1) == 1);
        await heard.Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task Connections_killed_under_load_fail_as_connection_errors_and_give_no_wrong_value()
    {
        await using var server = await RedisServer.StartAsync();
        await using var client = await ConnectionMultiplexer.ConnectAsync(server.Configuration);
        await using var killer = await ConnectionMultiplexer.ConnectAsync(server.Configuration + ",allowAdmin=true");
        await using var load = Load.Start(client, callers: 20);

        for (var kill = 0; kill < 20; kill++)
        {
            await load.AnswersAsync(200).WaitAsync(Patience);
            await killer.GetDatabase().ExecuteAsync("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        }

        await load.AnswersAsync(200).WaitAsync(Patience);
        await load.DisposeAsync();

        Assert.Equal(0, load.Wrong);
        Assert.All(load.Failures, e => Assert.True(e is RedisConnectionException or RedisTimeoutException, e.ToString()));
    }

    [Fact]
    public async Task Disposing_under_load_neither_hangs_nor_gives_a_wrong_value()
    {
        await using var server = await RedisServer.StartAsync();
        for (var round = 0; round < 10; round++)
        {
            var client = await ConnectionMultiplexer.ConnectAsync(server.Configuration);
            await using var load = Load.Start(client, callers: 20);
            await load.AnswersAsync(100).WaitAsync(Patience);

            await client.DisposeAsync().AsTask().WaitAsync(Patience);
            await load.DisposeAsync().AsTask().WaitAsync(Patience);

            Assert.Equal(0, load.Wrong);
            Assert.All(load.Failures, e => Assert.True(e is ObjectDisposedException or RedisConnectionException or OperationCanceledException, e.ToString()));
        }
    }

    [Fact]
    public async Task What_was_sent_to_a_frozen_server_is_answered_when_it_goes_on()
    {
        await using var server = await RedisServer.StartAsync();
        await using var client = await ConnectionMultiplexer.ConnectAsync(server.Configuration + ",asyncTimeout=20000");
        await server.FreezeAsync();
        var waiting = Enumerable.Range(0, 1_000).Select(i => client.GetDatabase().StringSetAsync($"k{i}", i)).ToArray();
        Assert.DoesNotContain(waiting, task => task.IsCompleted);

        await server.ResumeAsync();

        Assert.All(await Task.WhenAll(waiting).WaitAsync(Patience), Assert.True);
    }

    [Fact]
    public async Task A_frozen_server_times_out_and_the_connection_goes_on_afterwards()
    {
        await using var server = await RedisServer.StartAsync();
        await using var client = await ConnectionMultiplexer.ConnectAsync(server.Configuration + ",asyncTimeout=300");
        await server.FreezeAsync();

        await Assert.ThrowsAsync<RedisTimeoutException>(() => client.GetDatabase().StringSetAsync("k", "v"));
        await server.ResumeAsync();

        await Eventually.SucceedsAsync(() => client.GetDatabase().StringSetAsync("k", "w"));
    }

    [Fact]
    public async Task Connecting_and_disposing_leaves_no_client_behind()
    {
        await using var server = await RedisServer.StartAsync();
        await using var witness = await ConnectionMultiplexer.ConnectAsync(server.Configuration + ",allowAdmin=true");
        await witness.GetSubscriber().PingAsync(); // Its second connection is there.
        var before = (await witness.GetServer(server.EndPoint).ClientListAsync()).Length;
        var threads = System.Diagnostics.Process.GetCurrentProcess().Threads.Count;
        for (var i = 0; i < 30; i++)
        {
            await using var client = await ConnectionMultiplexer.ConnectAsync(server.Configuration);
            await client.GetDatabase().PingAsync();
        }

        await Eventually.SucceedsAsync(async () => (await witness.GetServer(server.EndPoint).ClientListAsync()).Length == before);
        await Eventually.SucceedsAsync(() => Task.FromResult(System.Diagnostics.Process.GetCurrentProcess().Threads.Count < threads + 20));
    }

    /// <summary>Callers that write a value and read it back, each on a key of its own, until told to stop.</summary>
    private sealed class Load : IAsyncDisposable
    {
        private readonly ConcurrentQueue<Exception> failures = new();
        private readonly CancellationTokenSource stop = new();
        private Task callers = Task.CompletedTask;
        private int answers;
        private int wrong;

        public int Wrong => Volatile.Read(ref wrong);

        public IReadOnlyCollection<Exception> Failures => failures;

        public static Load Start(ConnectionMultiplexer client, int callers)
        {
            var load = new Load();
            load.callers = Task.WhenAll(Enumerable.Range(0, callers).Select(i => Task.Run(() => load.CallAsync(client.GetDatabase(), i))));
            return load;
        }

        public Task AnswersAsync(int more)
        {
            var target = Volatile.Read(ref answers) + more;
            return Eventually.SucceedsAsync(() => Task.FromResult(Volatile.Read(ref answers) >= target));
        }

        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            await callers;
        }

        private async Task CallAsync(IDatabase redis, int caller)
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                try
                {
                    await ExchangeAsync(redis, caller, i);
                }
                catch (Exception e)
                {
                    failures.Enqueue(e);
                    await Task.Yield();
                }
            }
        }

        private async Task ExchangeAsync(IDatabase redis, int caller, int i)
        {
            var value = $"{caller}/{i}";
            await redis.StringSetAsync($"load{caller}", value);
            if (await redis.StringGetAsync($"load{caller}") != value)
            {
                Interlocked.Increment(ref wrong);
            }

            Interlocked.Increment(ref answers);
        }
    }
}
