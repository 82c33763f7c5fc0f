using StackExchange.Redis;

namespace Gateway.Testing;

/// <summary>A contract tested on one server with any number of instances, which are disposed with the test.</summary>
public abstract class HostedContract(SharedServer server) : IAsyncDisposable
{
    private readonly Stack<StoreHost> _started = new();

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        while (_started.TryPop(out var last))
        {
            await last.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    private protected async Task<StoreHost> HostAsync()
    {
        var host = await StoreHost.ReadyOnRedisAsync(await server.ConfigurationAsync());
        _started.Push(host);
        return host;
    }

    /// <summary>Reads the server's data directly.</summary>
    protected async Task<ConnectionMultiplexer> AdminAsync() =>
        await ConnectionMultiplexer.ConnectAsync(await server.ConfigurationAsync() + ",allowAdmin=true");
}
