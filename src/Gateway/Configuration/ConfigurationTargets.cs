using Gateway.Credentials;
using Gateway.Forwarding;

namespace Gateway.Configuration;

/// <summary>What a configuration is put into.</summary>
/// <param name="Catalog">The providers.</param>
/// <param name="Proxy">Routes and clusters.</param>
/// <param name="Live">What the rest of the application reads.</param>
internal sealed record ConfigurationTargets(ProviderCatalog Catalog, ProxyConfigSource Proxy, LastGoodConfiguration Live);
