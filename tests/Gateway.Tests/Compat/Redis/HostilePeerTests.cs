using System.Net;
using System.Net.Sockets;
using System.Text;
using Gateway.Tests.Forwarding;
using Gateway.Tests.Infrastructure;
using StackExchange.Redis;

namespace Gateway.Tests.Compat.Redis;

/// <summary>A peer that answers like Redis until a GET, and then with what no server should say. What the whole process allocates is counted.</summary>
[Collection(AllocationTests.Alone)]
public sealed class HostilePeerTests
{
    [Theory]
    [InlineData("garbage\r\n")]
    [InlineData("*2147483647\r\n")]
    [InlineData("*100000000\r\n")]
    [InlineData("*99999999999999999999\r\n")]
    [InlineData("$2147483647\r\n")]
    [InlineData("*3\r\n$1\r\na\r\n")]
    public async Task A_hostile_reply_fails_the_call_and_no_more(string reply)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var stop = new CancellationTokenSource();
        var serving = ServeAsync(listener, reply, stop.Token);
        var options = new ConfigurationOptions
        {
            EndPoints = { listener.LocalEndpoint },
            AsyncTimeout = 500,
            ConnectTimeout = 5_000,
            CommandMap = CommandMap.Create(["SUBSCRIBE", "CLUSTER", "SENTINEL", "ECHO"], available: false),
            AbortOnConnectFail = false,
        };
        await using var client = await ConnectionMultiplexer.ConnectAsync(options);
        await Eventually.SucceedsAsync(() => Task.FromResult(client.IsConnected));
        var before = GC.GetTotalAllocatedBytes();

        await Assert.ThrowsAnyAsync<Exception>(() => client.GetDatabase().StringGetAsync("k").WaitAsync(TimeSpan.FromSeconds(20)));

        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 1_000_000_000);
        await stop.CancelAsync();
        await serving;
    }

    private static async Task ServeAsync(TcpListener listener, string reply, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                _ = AnswerAsync(await listener.AcceptTcpClientAsync(stop), reply, stop);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private static async Task AnswerAsync(TcpClient peer, string hostile, CancellationToken stop)
    {
        using var _ = peer;
        try
        {
            using var reader = new StreamReader(peer.GetStream());
            while (await ReadCommandAsync(reader, stop) is { } command)
            {
                await peer.GetStream().WriteAsync(Encoding.ASCII.GetBytes(Answer(command, hostile)), stop);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The client has hung up, or the test is over.
        }
    }

    private static async Task<string[]?> ReadCommandAsync(StreamReader reader, CancellationToken stop)
    {
        if (await reader.ReadLineAsync(stop) is not { Length: > 1 } header)
        {
            return null;
        }

        var words = new string[int.Parse(header.AsSpan(1))];
        for (var i = 0; i < words.Length; i++)
        {
            await reader.ReadLineAsync(stop);
            words[i] = await reader.ReadLineAsync(stop) ?? "";
        }

        return words;
    }

    private static string Answer(string[] command, string hostile) => command switch
    {
        ["GET", "k"] => hostile,
        ["PING", ..] => "+PONG\r\n",
        ["CLIENT", "ID"] => ":1\r\n",
        ["GET", ..] => "$-1\r\n",
        ["CONFIG" or "INFO" or "HELLO", ..] => "-ERR unknown command\r\n",
        _ => "+OK\r\n",
    };
}
