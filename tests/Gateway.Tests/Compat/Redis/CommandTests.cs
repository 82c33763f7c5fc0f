using System.Collections.Concurrent;
using System.Net.Sockets;
using Gateway.Tests.Infrastructure;
using StackExchange.Redis;

namespace Gateway.Tests.Compat.Redis;

/// <summary>The client against a genuine server: what it writes comes back, in step.</summary>
public sealed class CommandTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private RedisServer server = null!;
    private ConnectionMultiplexer client = null!;
    private IDatabase redis = null!;

    public async ValueTask InitializeAsync()
    {
        server = await RedisServer.StartAsync();
        client = await ConnectionMultiplexer.ConnectAsync(server.Configuration);
        redis = client.GetDatabase();
    }

    public async ValueTask DisposeAsync()
    {
        if (client is not null)
        {
            await client.DisposeAsync();
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task Strings_expiries_and_conditions()
    {
        Assert.True(await redis.StringSetAsync("k", "v", TimeSpan.FromMinutes(1)));
        Assert.False(await redis.StringSetAsync("k", "w", when: When.NotExists));

        Assert.Equal("v", await redis.StringGetAsync("k"));
        Assert.InRange((await redis.KeyTimeToLiveAsync("k"))!.Value.TotalSeconds, 50, 60);
        Assert.True((await redis.StringGetAsync("none")).IsNull);
        await redis.StringSetAsync("empty", "");
        RedisValue[] expected = ["v", RedisValue.Null, RedisValue.EmptyString];
        Assert.Equal(expected, await redis.StringGetAsync([(RedisKey)"k", "none", "empty"]));
        Assert.Equal("v", await redis.StringGetDeleteAsync("k"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4_095)]
    [InlineData(8_191)]
    [InlineData(8_192)]
    [InlineData(8_193)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(1_000_000)]
    [InlineData(5_000_000)]
    public async Task Binary_values_of_any_size_come_back(int size)
    {
        var value = new byte[size];
        new Random(size).NextBytes(value);
        await redis.StringSetAsync("k", value);

        Assert.Equal(value, (byte[]?)await redis.StringGetAsync("k"));
        Assert.Equal(value, (byte[]?)redis.StringGet("k"));
        Assert.Equal(size, await redis.StringLengthAsync("k"));
    }

    [Fact]
    public async Task Large_values_in_parallel_come_back()
    {
        await Task.WhenAll(Enumerable.Range(1, 24).Select(async i =>
        {
            var value = new byte[1_000_000 + i];
            new Random(i).NextBytes(value);
            await redis.StringSetAsync($"big{i}", value);
            Assert.Equal(value, (byte[]?)await redis.StringGetAsync($"big{i}"));
        }));
    }

    [Fact]
    public async Task A_hundred_thousand_pipelined_writes_and_reads_stay_in_step()
    {
        var wrong = 0;
        await Task.WhenAll(Enumerable.Range(0, 200).Select(async caller =>
        {
            for (var i = 0; i < 500; i++)
            {
                var value = $"{caller}/{i}";
                _ = redis.StringSetAsync($"p{caller}", value, flags: CommandFlags.FireAndForget);
                if (await redis.StringGetAsync($"p{caller}") != value)
                {
                    Interlocked.Increment(ref wrong);
                }
            }
        }));

        Assert.Equal(0, wrong);
    }

    [Fact]
    public async Task Synchronous_calls_on_every_thread_of_the_pool_do_not_wait_for_the_pool()
    {
        await redis.StringSetAsync("k", "v");
        var calls = Enumerable.Range(0, 40).Select(_ => Task.Run(() => Enumerable.Range(0, 50).All(_ => redis.StringGet("k") == "v")));

        var answers = await Task.WhenAll(calls).WaitAsync(Patience);

        Assert.All(answers, Assert.True);
    }

    [Fact]
    public async Task Hashes_lists_sets_and_scans()
    {
        var entries = Enumerable.Range(0, 5_000).Select(i => new HashEntry($"f{i}", i)).ToArray();
        await redis.HashSetAsync("h", entries);
        await redis.ListRightPushAsync("l", Enumerable.Range(0, 100_000).Select(i => (RedisValue)i).ToArray());
        await redis.SortedSetAddAsync("z", [new SortedSetEntry("a", 1.5), new SortedSetEntry("b", double.PositiveInfinity)]);

        Assert.Equal(entries.ToHashSet(), (await redis.HashGetAllAsync("h")).ToHashSet());
        Assert.Equal(5_000, await redis.HashScanAsync("h", pageSize: 100).CountAsync(TestContext.Current.CancellationToken));
        Assert.Equal(Enumerable.Range(0, 100_000), (await redis.ListRangeAsync("l")).Select(value => (int)value));
        Assert.Equal(double.PositiveInfinity, await redis.SortedSetScoreAsync("z", "b"));
        Assert.Equal(3, await client.GetServer(server.EndPoint).KeysAsync().CountAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Published_messages_arrive_in_order_at_every_handler()
    {
        var channel = RedisChannel.Literal("news");
        var received = new ConcurrentQueue<int>();
        var others = new CountdownEvent(501);
        await client.GetSubscriber().SubscribeAsync(channel, (_, _) => throw new InvalidOperationException("a handler of ill manners"));
        await client.GetSubscriber().SubscribeAsync(channel, (_, _) => others.Signal());
        var queue = await client.GetSubscriber().SubscribeAsync(RedisChannel.Pattern("ne*"));
        queue.OnMessage(message => received.Enqueue(message.Message.Length() > 10 ? -1 : (int)message.Message));

        for (var i = 0; i < 500; i++)
        {
            await redis.PublishAsync(channel, i);
        }

        await redis.PublishAsync(channel, new byte[300_000]);

        Assert.True(others.Wait(Patience, TestContext.Current.CancellationToken));
        Assert.True(SpinWait.SpinUntil(() => received.Count == 501, Patience));
        Assert.Equal([.. Enumerable.Range(0, 500), -1], received);
        await queue.UnsubscribeAsync();
        await client.GetSubscriber().UnsubscribeAsync(channel);
        Assert.Equal(0, await redis.PublishAsync(channel, 1));
    }

    [Fact]
    public async Task Scripts_return_nested_values_and_their_errors()
    {
        var nested = await redis.ScriptEvaluateAsync("return {1,{'two',{3,{{},'end'}}},false}");
        var wide = await redis.ScriptEvaluateAsync("local t={} for i=1,2000 do t[i]={i,{i}} end return t");

        Assert.Equal("end", (string?)nested[1][1][1][1]);
        Assert.True(nested[2].IsNull);
        Assert.Equal(2_000, (int)wide[1_999][1][0]);
        await Assert.ThrowsAsync<RedisServerException>(() => redis.ScriptEvaluateAsync("return redis.error_reply('no')"));
        Assert.Equal(
            "v",
            (string?)await redis.ScriptEvaluateAsync(
                "redis.call('SET', KEYS[1], ARGV[1]) return redis.call('GET', KEYS[1])", [(RedisKey)"s"], [(RedisValue)"v"]));
    }

    [Fact]
    public async Task Transactions_happen_as_a_whole_and_only_on_their_condition()
    {
        await redis.StringSetAsync("generation", 1);
        var met = redis.CreateTransaction();
        met.AddCondition(Condition.StringEqual("generation", 1));
        var incremented = met.StringIncrementAsync("generation");
        var unmet = redis.CreateTransaction();
        unmet.AddCondition(Condition.StringEqual("generation", 1));
        var never = unmet.StringIncrementAsync("generation");

        Assert.True(await met.ExecuteAsync());
        Assert.Equal(2, await incremented);
        Assert.False(await unmet.ExecuteAsync());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => never);
        Assert.Equal(2, await redis.StringGetAsync("generation"));
    }

    [Fact]
    public async Task Errors_of_the_server_leave_the_replies_in_step()
    {
        await redis.StringSetAsync("text", "abc");
        var before = redis.StringGetAsync("text");
        var wrong = redis.ListLengthAsync("text");
        var after = redis.StringGetAsync("text");

        await Assert.ThrowsAsync<RedisServerException>(() => wrong);
        Assert.Equal("abc", await before);
        Assert.Equal("abc", await after);
        Assert.NotEqual(default, await client.GetServer(server.EndPoint).TimeAsync());
        Assert.NotEmpty(client.GetStatus());
    }

    [Fact]
    public async Task A_unix_socket_serves_as_well()
    {
        var options = new ConfigurationOptions { EndPoints = { new UnixDomainSocketEndPoint(server.UnixSocket) } };
        await using var local = await ConnectionMultiplexer.ConnectAsync(options);

        await local.GetDatabase().StringSetAsync("k", "by file");

        Assert.Equal("by file", await redis.StringGetAsync("k"));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Either_protocol_works(int version)
    {
        await using var other = await ConnectionMultiplexer.ConnectAsync(server.Configuration + $",protocol=resp{version}");
        await other.GetDatabase().HashSetAsync("h", [new HashEntry("a", 1)]);

        Assert.Equal(1, (int)(await other.GetDatabase().HashGetAllAsync("h")).Single().Value);
    }
}
