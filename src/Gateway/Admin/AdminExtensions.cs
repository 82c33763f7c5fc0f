using System.Text.Json.Serialization;

using Gateway.Model;

using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Gateway.Admin;

/// <summary>The operators' API.</summary>
public static class AdminExtensions
{
    public static IServiceCollection AddGatewayAdmin(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<RouteCatalog>();
        services.AddSingleton<AuditTrail>();
        services.AddSingleton<ConnectionPresenter>();
        services.AddSingleton<ConnectionQueryParser>();
        services.ConfigureHttpJsonOptions(static options =>
        {
            options.SerializerOptions.TypeInfoResolverChain.Insert(0, AdminJson.Default);
            options.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });
        services.AddOpenApi(AdminDocument.Name, AdminDocument.Configure);
        return services;
    }

    /// <summary>Answers in problems where nothing is mapped; before routing, on the operators' listener alone.</summary>
    public static IApplicationBuilder UseGatewayAdmin(this IApplicationBuilder app) => app.UseMiddleware<AdminFallback>();

    /// <summary>Maps the API and its OpenAPI document, all behind the admin key.</summary>
    /// <param name="endpoints">Where to.</param>
    /// <param name="further">Operators' endpoints of another folder: the same key, the same document.</param>
    /// <returns>All of them, for conventions such as the listener they belong to.</returns>
    public static IEndpointConventionBuilder MapGatewayAdmin(this IEndpointRouteBuilder endpoints, params ReadOnlySpan<Action<IEndpointRouteBuilder>> further)
    {
        var group = endpoints.MapGroup("");
        CatalogEndpoints.Map(group);
        ConnectionEndpoints.Map(group);
        ConnectionActionEndpoints.Map(group);
        StoreEndpoints.Map(group);
        foreach (var map in further)
        {
            map(group);
        }

        group.MapOpenApi();
        group.WithMetadata(new AdminEndpoint());
        ((IEndpointConventionBuilder)group).Finally(AdminGate.Guard);
        return group;
    }
}

/// <summary>Marks the endpoints that the OpenAPI document describes.</summary>
internal sealed class AdminEndpoint;

/// <summary>Documents the refusals of an endpoint.</summary>
internal static class RefusalExtensions
{
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="statuses">Besides 401, which every operators' endpoint may answer.</param>
    public static RouteHandlerBuilder Refuses(this RouteHandlerBuilder endpoint, params ReadOnlySpan<int> statuses)
    {
        endpoint.Produces<ProblemBody>(StatusCodes.Status401Unauthorized, ProblemBody.ContentType);
        foreach (var status in statuses)
        {
            endpoint.Produces<ProblemBody>(status, ProblemBody.ContentType);
        }

        return endpoint;
    }
}
