using Gateway.Model;
using Gateway.Tokens.Circuit;

using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Admin;

/// <summary>Shows what is configured, without secrets: providers, routes, and the encryption keys of the store.</summary>
internal static class CatalogEndpoints
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/providers", ProvidersAsync).WithName("listProviders")
            .WithTags("Configuration").WithSummary("The providers of the configuration in force").Refuses();
        endpoints.MapGet("/routes", Routes).WithName("listRoutes")
            .WithTags("Configuration").WithSummary("The routes of the configuration in force").Refuses();
        endpoints.MapGet("/store/keys", StoreKeysAsync).WithName("listStoreKeys")
            .WithTags("Store").WithSummary("The encryption keys, and how many connections need each")
            .WithDescription("Reads every connection. A key that is not active and that no connection needs may be removed.")
            .Refuses(503);
    }

    private static async Task<Ok<IReadOnlyList<ProviderView>>> ProvidersAsync(ProviderCatalog catalog, ProviderCircuits circuits)
    {
        var views = catalog.All.OrderBy(static provider => provider.Name, StringComparer.Ordinal).Select(async provider =>
        {
            var circuit = provider.OAuth is { } client ? await circuits.FindNowAsync(provider.Name, client) : null;
            return ProviderView.From(provider, circuit);
        });
        return TypedResults.Ok<IReadOnlyList<ProviderView>>(await Task.WhenAll(views));
    }

    private static Ok<IReadOnlyList<RouteView>> Routes(RouteCatalog catalog) => TypedResults.Ok(catalog.All);

    private static async Task<Ok<IReadOnlyList<StoreKey>>> StoreKeysAsync(StoreKeys keys, CancellationToken cancellationToken) =>
        TypedResults.Ok(await keys.CountAsync(cancellationToken));
}
