using System.Collections.Concurrent;

namespace Gateway.Demo.Providers;

/// <summary>An application registered with a simulated provider. Its secret is generated for each process.</summary>
/// <param name="Id">Client id.</param>
internal sealed record RegisteredClient(string Id)
{
    private readonly ConcurrentDictionary<string, byte> _redirectUris = new(StringComparer.Ordinal);

    /// <summary>The valid secret; setting it invalidates the previous one at once. Tests set it while requests read it.</summary>
    public string Secret { get; set; } = RandomText.Create("sim-client-secret-");

    /// <summary>Registers a redirect URI; requests must repeat it exactly.</summary>
    public void AddRedirectUri(string address) => _redirectUris[address] = 0;

    public bool HasRedirectUri(string address) => _redirectUris.ContainsKey(address);
}
