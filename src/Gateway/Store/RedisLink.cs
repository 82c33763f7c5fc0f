using Gateway.Credentials;

using StackExchange.Redis;

namespace Gateway.Store;

/// <summary>The one connection to Redis, shared by store, cache and subscriptions. It appears during start and heals itself.</summary>
internal sealed partial class RedisLink(ILogger<RedisLink> logger) : IAsyncDisposable
{
    // Completed once, by the start; awaited by every operation. Continuations run elsewhere, so that the start is not delayed by them.
    private readonly TaskCompletionSource<IConnectionMultiplexer> _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Written by the client's own threads, read by the monitor: a single reference, the last writer wins.
    private volatile string _fault = "starting";

    /// <summary>Called on a thread of the client each time a connection is there again; words may have been missed before.</summary>
    public event EventHandler? Restored;

    /// <summary>Why the last connection failed, in a word of <see cref="RedisFault"/>.</summary>
    public string LastFault => _fault;

    public Task<IConnectionMultiplexer> Multiplexer => _connected.Task;

    /// <summary>Starts to connect and goes on for ever; returns after the first attempt, whether it succeeded or not.</summary>
    public async Task ConnectAsync(ConfigurationOptions options)
    {
        var multiplexer = await ConnectionMultiplexer.ConnectAsync(options);
        multiplexer.ConnectionFailed += (_, failed) => Note(failed.FailureType);
        multiplexer.ConnectionRestored += (_, _) => Restore();
        _fault = RedisFault.Unreachable;
        _connected.SetResult(multiplexer);
    }

    public async ValueTask DisposeAsync()
    {
        if (_connected.Task.IsCompletedSuccessfully)
        {
            await (await _connected.Task).DisposeAsync();
        }
        else
        {
            _connected.TrySetException(new StoreUnavailableException("The store was closed."));
            _ = _connected.Task.Exception;
        }
    }

    private void Restore()
    {
        _fault = RedisFault.Unreachable;
        Restored?.Invoke(this, EventArgs.Empty);
    }

    private void Note(ConnectionFailureType failure)
    {
        var word = RedisFault.WordFor(failure);
        if (Interlocked.Exchange(ref _fault, word) != word)
        {
            Log.ConnectionFailed(logger, word);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "No connection to Redis: {Fault}. Trying again.")]
        public static partial void ConnectionFailed(ILogger logger, string fault);
    }
}
