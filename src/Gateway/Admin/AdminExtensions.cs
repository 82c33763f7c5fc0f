using System.Text.Json.Serialization;
using System.Text.Json;

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
            AdminAuthentication.Name,
            static policy => policy.AddAuthenticationSchemes(AdminAuthentication.Name).RequireAuthenticatedUser());
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
    /// <param name="mapOthers">Maps operators' endpoints of other folders: the same key, the same document.</param>
    public static void MapGatewayAdmin(this IEndpointRouteBuilder endpoints, Action<IEndpointRouteBuilder>? mapOthers = null)
    {
        var group = endpoints.MapGroup("");
        CatalogEndpoints.Map(group);
        ConnectionEndpoints.Map(group);
        mapOthers?.Invoke(group);
        group.MapOpenApi();
        group.RequireAuthorization(AdminAuthentication.Name).WithMetadata(new AdminEndpoint());
    }

    /// <summary>Documents the refusals of an endpoint, besides 401, which every endpoint may answer.</summary>
    internal static RouteHandlerBuilder Refuses(this RouteHandlerBuilder endpoint, params ReadOnlySpan<int> statuses)
    {
        foreach (var status in (ReadOnlySpan<int>)[StatusCodes.Status401Unauthorized, .. statuses])
        {
            endpoint.Produces<ProblemBody>(status, ProblemBody.ContentType);
        }

        return endpoint;
    }
}

/// <summary>Marks the endpoints that the OpenAPI document describes.</summary>
internal sealed class AdminEndpoint;

/// <summary>Serializers of the operators' API. A body with an unknown or repeated member is refused.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    NumberHandling = JsonNumberHandling.Strict)]
[JsonSerializable(typeof(ConnectionInput))]
[JsonSerializable(typeof(ConnectionPage))]
[JsonSerializable(typeof(ConnectionView))]
[JsonSerializable(typeof(IReadOnlyList<ProviderView>))]
[JsonSerializable(typeof(IReadOnlyList<RouteView>))]
[JsonSerializable(typeof(IReadOnlyList<StoreKey>))]
[JsonSerializable(typeof(VerificationView))]
[JsonSerializable(typeof(ProblemBody))]
internal sealed partial class AdminJson : JsonSerializerContext;
