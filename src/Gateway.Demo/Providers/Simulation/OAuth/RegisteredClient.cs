using System.Collections.Concurrent;

namespace Gateway.Demo.Providers;

/// <summary>An application registered with a simulated provider. Its secret is made up anew for each process.</summary>
/// <param name="Id">Client id.</param>
internal sealed record RegisteredClient(string Id)
{
    private readonly ConcurrentDictionary<string, byte> _redirectUris = new(StringComparer.Ordinal);

    /// <summary>The secret in force. Setting it makes the former one wrong at once. Set by tests, read by requests.</summary>
    public string Secret { get; set; } = RandomText.Create("sim-client-secret-");

    /// <summary>Registers a redirect address; compared as a whole string.</summary>
    public void AddRedirectUri(string address) => _redirectUris[address] = 0;

    public bool HasRedirectUri(string address) => _redirectUris.ContainsKey(address);
}
