using System.Globalization;

namespace Gateway.Tests.Infrastructure;

/// <summary>Three primaries that share the slots, without replicas: keys that belong together are on one, others elsewhere.</summary>
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

    /// <summary>Starts it and waits until every node knows of all. Skips the running test where redis-server is not installed.</summary>
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
            nodes.Add(await RedisServer.StartAsync(arguments: ["--cluster-enabled", "yes", "--cluster-port", Text(bus), "--cluster-node-timeout", "5000"]));
            await nodes[i].AskAsync("CLUSTER", "ADDSLOTSRANGE", Text(Slots * i / Size), Text((Slots * (i + 1) / Size) - 1));
            await nodes[i].AskAsync("CLUSTER", "SET-CONFIG-EPOCH", Text(i + 1));
            await nodes[0].AskAsync("CLUSTER", "MEET", "127.0.0.1", Text(nodes[i].Port), Text(bus));
        }

        foreach (var node in nodes)
        {
            await Eventually.TrueAsync(() => IsWholeAsync(node), TimeSpan.FromSeconds(20), static () => "The cluster did not form.");
        }
    }

    private static async Task<bool> IsWholeAsync(RedisServer node)
    {
        var info = (string?)await node.AskAsync("CLUSTER", "INFO") ?? "";
        return info.Contains("cluster_state:ok", StringComparison.Ordinal) && info.Contains($"cluster_known_nodes:{Size}", StringComparison.Ordinal);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
