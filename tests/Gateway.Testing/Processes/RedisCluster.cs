using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Testing;

/// <summary>A cluster of three primaries without replicas.</summary>
internal sealed class RedisCluster : IAsyncDisposable
{
    private const int Slots = 16384;
    private const int Size = 3;

    private readonly List<RedisServer> nodes = [];

    private RedisCluster()
    {
    }

    public IReadOnlyList<RedisServer> Nodes => nodes;

    public string Configuration => string.Join(',', nodes.Select(static node => node.Configuration));

    /// <summary>
    /// Starts the nodes and waits until each knows all others. Skips the running test where redis-server is not installed.
    /// </summary>
    public static async Task<RedisCluster> StartAsync()
    {
        var cluster = new RedisCluster();
        try
        {
            await cluster.FormAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in nodes)
        {
            await node.DisposeAsync();
        }
    }

    private async Task FormAsync()
    {
        for (var i = 0; i < Size; i++)
        {
            var bus = FreePort.Next();
            nodes.Add(
                await RedisServer.StartAsync(
                    arguments: ["--cluster-enabled", "yes", "--cluster-port", Text(bus), "--cluster-node-timeout", "5000"]));
            await SayAsync(nodes[i], $"CLUSTER ADDSLOTSRANGE {Slots * i / Size} {(Slots * (i + 1) / Size) - 1}");
            await SayAsync(nodes[i], $"CLUSTER SET-CONFIG-EPOCH {i + 1}");
            await SayAsync(nodes[0], $"CLUSTER MEET 127.0.0.1 {nodes[i].Port} {bus}");
        }

        foreach (var node in nodes)
        {
            await Eventually.TrueAsync(() => IsWholeAsync(node), static () => "The cluster did not form.");
        }
    }

    private static async Task<bool> IsWholeAsync(RedisServer node)
    {
        var info = await SayAsync(node, "CLUSTER INFO");
        var links = await SayAsync(node, "CLUSTER NODES");

        // A node sends publications over the links that it opened itself.
        return info.Contains("cluster_state:ok", StringComparison.Ordinal)
            && info.Contains($"cluster_known_nodes:{Size}", StringComparison.Ordinal)
            && !links.Contains("disconnected", StringComparison.Ordinal) && !links.Contains("handshake", StringComparison.Ordinal);
    }

    // Without a client library: a client waits for the whole cluster, which is not formed yet.
    private static async Task<string> SayAsync(RedisServer node, string command)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, node.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"{command}\r\nQUIT\r\n"));
        using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
        var answer = await reader.ReadToEndAsync();
        return answer.StartsWith('-') ? throw new InvalidOperationException($"{command}: {answer}") : answer;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
