using Gateway.Model;

namespace Gateway.Testing;

/// <summary>Two instances on one set of data, shared by the tests of a class; each test uses its own provider.</summary>
public abstract class StorePair : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private Task<(IConnectionStore First, IConnectionStore Second)>? _stores;

    /// <summary>Started by the first test that asks, inside the test, so that it may be skipped.</summary>
    public Task<(IConnectionStore First, IConnectionStore Second)> StoresAsync()
    {
        lock (_gate)
        {
            return _stores ??= StartAsync();
        }
    }

    public abstract ValueTask DisposeAsync();

    protected abstract Task<(IConnectionStore First, IConnectionStore Second)> StartAsync();
}
