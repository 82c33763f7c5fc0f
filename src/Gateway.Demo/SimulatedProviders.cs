using Gateway.Demo.Providers;

namespace Gateway.Demo;

/// <summary>All four third parties, running.</summary>
internal sealed record SimulatedProviders(SimulatedBokio Bokio, SimulatedBexio Bexio, SimulatedBipsync Bipsync, SimulatedBookeo Bookeo)
    : IAsyncDisposable
{
    public IReadOnlyList<ISimulatedProvider> All => [Bokio, Bexio, Bipsync, Bookeo];

    public static async Task<SimulatedProviders> StartAsync() => new(
        await SimulatedBokio.StartAsync(), await SimulatedBexio.StartAsync(), await SimulatedBipsync.StartAsync(), await SimulatedBookeo.StartAsync());

    /// <summary>Registers the gateway's redirect addresses, as its operator does once at each provider.</summary>
    public void RegisterCallbacks(Uri connect)
    {
        foreach (var (name, client) in new[] { (Bokio.Name, Bokio.Client), (Bexio.Name, Bexio.Client), (Bipsync.Name, Bipsync.Client) })
        {
            client.AddRedirectUri($"{connect}callback/{name}");
        }

        Bookeo.CallbackUrl = $"{connect}callback/{Bookeo.Name}";
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var provider in All)
        {
            await provider.DisposeAsync();
        }
    }
}
