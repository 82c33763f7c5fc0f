using Gateway.Admin;
using Gateway.Model;
using Gateway.Proxy.Routes;

namespace Gateway.Configuration;

/// <summary>What a configuration is put into.</summary>
/// <param name="Catalog">The providers.</param>
/// <param name="Proxy">Routes and clusters.</param>
/// <param name="Routes">The routes, for operators to read.</param>
/// <param name="Live">What the rest of the application reads.</param>
internal sealed record ConfigurationTargets(ProviderCatalog Catalog, ProxyConfigSource Proxy, RouteCatalog Routes, LastGoodConfiguration Live);
