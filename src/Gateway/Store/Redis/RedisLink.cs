using Gateway.Credentials;

using StackExchange.Redis;

namespace Gateway.Store.Redis;

/// <summary>The one connection to Redis, shared by store, cache and subscriptions. It appears during start and heals itself.</summary>
internal sealed class RedisLink : IAsyncDisposable
{
    // Completed once, by the start; awaited by every operation. Continuations run elsewhere, so that the start is not delayed by them.
    private readonly TaskCompletionSource<IConnectionMultiplexer> _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Called on a thread of the client each time a connection is there again; words may have been missed before.</summary>
    public event EventHandler? Restored;

    public Task<IConnectionMultiplexer> Multiplexer => _connected.Task;

    /// <summary>Starts to connect and goes on for ever; returns after the first attempt, whether it succeeded or not.</summary>
    public async Task ConnectAsync(ConfigurationOptions options)
    {
        var multiplexer = await ConnectionMultiplexer.ConnectAsync(options);
        multiplexer.ConnectionRestored += (_, _) => Restored?.Invoke(this, EventArgs.Empty);
        if (!_connected.TrySetResult(multiplexer))
        {
            await multiplexer.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Closed before the first connection: whoever waits is told, and a late connection is closed where it arrives.
        if (_connected.TrySetException(new StoreUnavailableException("The store was closed.")))
        {
            _ = _connected.Task.Exception;
            return;
        }

        await (await _connected.Task).DisposeAsync();
    }
}
