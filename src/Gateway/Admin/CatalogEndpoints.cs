using System.ComponentModel;

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

/// <summary>A provider as configured. Templates are left out, since they may contain a secret.</summary>
[Description("A provider of the configuration in force, without its secrets.")]
internal sealed record ProviderView(
    string Name,
    [property: Description("OAuth2 or Secret")] string Kind,
    [property: Description("AuthorizationCode or ClientCredentials; null for kind Secret.")] string? Grant,
    [property: Description("The only place this provider's credentials are sent; braces hold a field of the connection.")] string Origin,
    string? TokenEndpoint,
    string? AuthorizationEndpoint,
    string? ClientId,
    [property: Description("Which of ClientSecrets the provider accepted last on this instance, counted from 0; null for kind Secret.")]
    int? ClientSecretInUse,
    [property: Description("While the provider refuses the gateway's client credentials: since when, why, and when it is asked again.")]
    MisconfigurationView? Misconfigured,
    IReadOnlyList<string> Scopes,
    [property: Description("Fields that a connection brings and that are shown, each with its pattern.")]
    IReadOnlyDictionary<string, string> Fields,
    [property: Description("Fields that a connection brings and that are never shown.")] IReadOnlyList<string> SecretFields,
    [property: Description("Names of the headers that are injected.")] IReadOnlyList<string> Headers,
    [property: Description("Names of the query parameters that are injected.")] IReadOnlyList<string> Query,
    IReadOnlyList<string> Methods,
    [property: Description("True when POST …/verify works.")] bool Verifiable)
{
    public static ProviderView From(Provider provider, ProviderCircuit? circuit) => new(
        provider.Name,
        provider.Kind.ToString(),
        provider.OAuth?.Grant.ToString(),
        provider.Origin.Text,
        provider.OAuth?.TokenEndpoint?.Text,
        provider.OAuth?.AuthorizationEndpoint?.Text,
        provider.OAuth?.ClientId,
        circuit?.SecretInUse,
        circuit?.Open is { } open ? new(open.Since, open.Reason, open.RetryAt) : null,
        provider.OAuth?.Scopes ?? [],
        provider.Fields.ToDictionary(static field => field.Key, static field => field.Value.ToString(), StringComparer.Ordinal),
        SecretFields: [.. provider.SecretFields.Order(StringComparer.Ordinal)],
        Headers: [.. provider.Injection.Headers.Select(static header => header.Key)],
        Query: [.. provider.Injection.Query.Select(static parameter => parameter.Key)],
        Methods: [.. provider.Methods.Order(StringComparer.Ordinal)],
        Verifiable: provider.VerifyPath is not null);
}

/// <summary>The state of a provider that refuses the gateway's client credentials.</summary>
[Description("The provider refuses the gateway's own client credentials; its connections keep their tokens.")]
internal sealed record MisconfigurationView(
    [property: Description("When it began.")] DateTimeOffset Since,
    [property: Description("The provider's OAuth error, such as invalid_client.")] string Reason,
    [property: Description("When the token endpoint is asked again, by any instance.")] DateTimeOffset RetryAt);

/// <summary>A route as configured. <c>Path</c> is null when any matches, <c>Methods</c> empty for those of its provider.</summary>
[Description("A route of the configuration in force.")]
public sealed record RouteView(
    string Id,
    string? Path,
    IReadOnlyList<string> Methods,
    [property: Description("Null when the route injects nothing.")] string? Provider,
    [property: Description("A name, {routeValue} or header:Name.")] string? Connection,
    [property: Description("Always, Safe or Never")] string? Replay,
    [property: Description("What the connection must have been granted; null for none.")] string? Scope,
    string? Destination);

/// <summary>The routes of the configuration in force.</summary>
public sealed class RouteCatalog
{
    // Replaced as a whole by the configuration reload; a reader sees either the old routes or the new ones.
    private volatile IReadOnlyList<RouteView> _routes = [];

    public IReadOnlyList<RouteView> All => _routes;

    public void Replace(IEnumerable<RouteView> routes) => _routes = [.. routes.OrderBy(static route => route.Id, StringComparer.Ordinal)];
}
