using System.Text.Json.Serialization;

using Gateway.Model;

using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Gateway.Admin;

/// <summary>The operators' API.</summary>
public static class AdminExtensions
{
    /// <summary>Needs the store, the tokens and the <see cref="AdminKey"/>.</summary>
    public static IServiceCollection AddGatewayAdmin(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<RouteCatalog>().AddSingleton<AuditTrail>().AddSingleton<ConnectionPresenter>();
        services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, AdminAuthentication>(AdminAuthentication.Name, null);
        services.AddAuthorizationBuilder().AddPolicy(
            AdminAuthentication.Name, static policy => policy.AddAuthenticationSchemes(AdminAuthentication.Name).RequireAuthenticatedUser());
        services.ConfigureHttpJsonOptions(static options =>
        {
            options.SerializerOptions.TypeInfoResolverChain.Insert(0, AdminJson.Default);
            options.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });
        services.AddOpenApi(AdminDocument.Name, AdminDocument.Configure);
        return services;
    }

    /// <summary>Adds what runs before routing; for requests of the Admin listener alone. Authorization follows routing.</summary>
    public static IApplicationBuilder UseGatewayAdmin(this IApplicationBuilder app) => app.UseMiddleware<AdminMiddleware>();

    /// <summary>Maps the API and its OpenAPI document. Every endpoint requires the admin key.</summary>
    /// <param name="endpoints">The application's endpoints.</param>
    /// <param name="further">Map operators' endpoints of other folders: the same key, the same document.</param>
    /// <returns>All of them, for conventions such as their listener.</returns>
    public static IEndpointConventionBuilder MapGatewayAdmin(this IEndpointRouteBuilder endpoints, params ReadOnlySpan<Action<IEndpointRouteBuilder>> further)
    {
        var group = endpoints.MapGroup("");
        CatalogEndpoints.Map(group);
        ConnectionEndpoints.Map(group);
        foreach (var map in further)
        {
            map(group);
        }

        group.MapOpenApi();
        return group.RequireAuthorization(AdminAuthentication.Name).WithMetadata(new AdminEndpoint());
    }

    /// <summary>Documents the refusals of an endpoint.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="statuses">Besides 401, which every endpoint may answer.</param>
    internal static RouteHandlerBuilder Refuses(this RouteHandlerBuilder endpoint, params ReadOnlySpan<int> statuses)
    {
        endpoint.Produces<ProblemBody>(StatusCodes.Status401Unauthorized, ProblemBody.ContentType);
        foreach (var status in statuses)
        {
            endpoint.Produces<ProblemBody>(status, ProblemBody.ContentType);
        }

        return endpoint;
    }
}

/// <summary>Marks the endpoints that the OpenAPI document describes.</summary>
internal sealed class AdminEndpoint;
