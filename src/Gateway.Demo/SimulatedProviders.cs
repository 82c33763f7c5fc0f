using Gateway.Demo.Providers;

namespace Gateway.Demo;

/// <summary>All four third parties, running.</summary>
internal sealed record SimulatedProviders(SimulatedBokio Bokio, SimulatedBexio Bexio, SimulatedBipsync Bipsync, SimulatedBookeo Bookeo)
    : IAsyncDisposable
{
    public IReadOnlyList<ISimulatedProvider> All => [Bokio, Bexio, Bipsync, Bookeo];

    public static async Task<SimulatedProviders> StartAsync() => new(
        await SimulatedBokio.StartAsync(), await SimulatedBexio.StartAsync(), await SimulatedBipsync.StartAsync(), await SimulatedBookeo.StartAsync());

    public async ValueTask DisposeAsync()
    {
        foreach (var provider in All)
        {
            await provider.DisposeAsync();
        }
    }
}
