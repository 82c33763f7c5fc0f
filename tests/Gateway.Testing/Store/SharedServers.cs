using Gateway.Store.Embedded;

namespace Gateway.Testing;

/// <summary>A genuine Redis.</summary>
public sealed class SharedRedis : SharedServer
{
    protected override async Task<(string Configuration, IAsyncDisposable Server)> StartAsync()
    {
        var server = await RedisServer.StartAsync();
        return (server.Configuration, server);
    }
}

/// <summary>The embedded server, used like an external one.</summary>
public sealed class SharedGarnet : SharedServer
{
    protected override Task<(string Configuration, IAsyncDisposable Server)> StartAsync()
    {
        var folder = new TemporaryDirectory();
        var server = EmbeddedServer.Start(new StoreDirectory(folder.Path));
        return Task.FromResult<(string, IAsyncDisposable)>((server.Configuration(), new Both(server, folder)));
    }

    private sealed class Both(IDisposable first, IDisposable second) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            first.Dispose();
            second.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}

/// <summary>A Redis Cluster of three nodes.</summary>
public sealed class SharedCluster : SharedServer
{
    protected override async Task<(string Configuration, IAsyncDisposable Server)> StartAsync()
    {
        var cluster = await RedisCluster.StartAsync();
        return (cluster.Configuration, cluster);
    }
}

internal static class EmbeddedServerConfiguration
{
    /// <summary>The server's socket in the form of <c>Store:Redis</c>.</summary>
    public static string Configuration(this EmbeddedServer server) => $"!{server.EndPoint}";
}
