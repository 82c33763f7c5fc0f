using Gateway.Credentials;

using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Admin;

/// <summary>What is configured, without secrets.</summary>
internal static class CatalogEndpoints
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/providers", Providers).WithName("listProviders")
            .WithTags("Configuration").WithSummary("The providers of the configuration in force").Refuses();
        endpoints.MapGet("/routes", Routes).WithName("listRoutes")
            .WithTags("Configuration").WithSummary("The routes of the configuration in force").Refuses();
    }

    private static Ok<IReadOnlyList<ProviderView>> Providers(ProviderCatalog catalog) => TypedResults.Ok<IReadOnlyList<ProviderView>>(
        [.. catalog.All.OrderBy(static provider => provider.Name, StringComparer.Ordinal).Select(ProviderView.From)]);

    private static Ok<IReadOnlyList<RouteView>> Routes(RouteCatalog catalog) => TypedResults.Ok(catalog.All);
}
