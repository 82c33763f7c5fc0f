using System.Collections.Frozen;

namespace Gateway.Model;

/// <summary>The providers of the configuration in force.</summary>
public sealed class ProviderCatalog
{
    // Written by the configuration reload only, read by every request: one reference to an immutable map, so that a reader sees
    // either the old configuration or the new one, never a mixture.
    private volatile FrozenDictionary<string, Provider> _providers = FrozenDictionary<string, Provider>.Empty;

    public IReadOnlyCollection<Provider> All => _providers.Values;

    public Provider? Find(string name) => _providers.GetValueOrDefault(name);

    public void Replace(IEnumerable<Provider> providers) =>
        _providers = providers.ToFrozenDictionary(static provider => provider.Name, StringComparer.OrdinalIgnoreCase);
}
