namespace Gateway.Testing;

/// <summary>A server shared by the tests of a class, started by the first that asks, so that it may be skipped.</summary>
public abstract class SharedServer : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private Task<(string Configuration, IAsyncDisposable Server)>? _started;

    /// <summary>The configuration string of a client.</summary>
    public async Task<string> ConfigurationAsync()
    {
        lock (_gate)
        {
            _started ??= StartAsync();
        }

        return (await _started).Configuration;
    }

    public async ValueTask DisposeAsync()
    {
        if (_started is { IsCompletedSuccessfully: true })
        {
            await (await _started).Server.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    protected abstract Task<(string Configuration, IAsyncDisposable Server)> StartAsync();
}
