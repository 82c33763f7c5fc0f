using Gateway.Demo.Providers;

namespace Gateway.Demo;

/// <summary>The four simulated providers while they run.</summary>
internal sealed record SimulatedProviders(SimulatedBokio Bokio, SimulatedBexio Bexio, SimulatedBipsync Bipsync, SimulatedBookeo Bookeo)
    : IAsyncDisposable
{
    public IReadOnlyList<ISimulatedProvider> All => [Bokio, Bexio, Bipsync, Bookeo];

    public static async Task<SimulatedProviders> StartAsync() => new(
        await SimulatedBokio.StartAsync(),
        await SimulatedBexio.StartAsync(),
        await SimulatedBipsync.StartAsync(),
        await SimulatedBookeo.StartAsync());

    /// <summary>Registers the gateway's redirect URIs, as an operator does once at each real provider.</summary>
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
