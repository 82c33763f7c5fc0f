using System.Collections.Frozen;

using Gateway.Model;
using Gateway.Tokens;

namespace Gateway.Admin;

/// <summary>What an operator can make the gateway do with a connection now.</summary>
internal static class ConnectionActionEndpoints
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPost($"{ConnectionEndpoints.Pattern}/refresh", RefreshAsync).WithName("refreshConnection")
            .WithTags("Connections").WithSummary("Renews the token now")
            .WithDescription("Waits for the refresh, its own or one that is under way, and answers the connection as it is then.")
            .Produces<ConnectionView>().Refuses(400, 404, 422, 424, 502, 503);
        endpoints.MapPost($"{ConnectionEndpoints.Pattern}/verify", VerifyAsync).WithName("verifyConnection")
            .WithTags("Connections").WithSummary("Asks the provider whether it takes the credential")
            .WithDescription("Sends a GET to the provider's Verify:Path. Changes nothing, except that an expired token is renewed first.")
            .Produces<VerificationView>().Refuses(400, 404, 422, 424, 502, 503, 504);
    }

    private static async Task<IResult> RefreshAsync(string provider, string name, HttpContext context, ProviderCatalog catalog, TokenBroker broker)
    {
        if (!ConnectionAddress.TryFind(catalog, provider, name, out var address, out var problem))
        {
            return problem;
        }

        if (address.Provider.Kind != ProviderKind.OAuth2)
        {
            return AdminProblem.NotRenewable(address.Id);
        }

        var result = await broker.RefreshAsync(address.Provider, address.Id, context.RequestAborted);
        context.RequestServices.GetRequiredService<AuditTrail>().Refreshed(context, address.Id, result.Failure?.Error.ToCode() ?? "success");
        return result.Failure is { } failure ? AdminProblem.From(failure, address.Id) : await ShowAsync(context, address.Id);
    }

    private static async Task<IResult> VerifyAsync(string provider, string name, HttpContext context, ProviderCatalog catalog, TokenBroker broker)
    {
        if (!ConnectionAddress.TryFind(catalog, provider, name, out var address, out var problem))
        {
            return problem;
        }

        if (address.Provider.VerifyPathOf(await FieldsAsync(context, address)) is not { } path)
        {
            return AdminProblem.NotVerifiable(address.Id);
        }

        var result = await broker.GetAsync(address.Provider, address.Id, context.RequestAborted);
        if (!result.TryGet(out var credential, out var failure))
        {
            return AdminProblem.From(failure, address.Id);
        }

        var verifier = context.RequestServices.GetRequiredService<CredentialVerifier>();
        (var status, failure) = await verifier.VerifyAsync(credential, path, context.RequestAborted);
        context.RequestServices.GetRequiredService<AuditTrail>().Verified(context, address.Id, failure?.Error.ToCode() ?? $"{(int)status}");
        return failure is null
            ? TypedResults.Ok(new VerificationView((int)status is >= 200 and < 300, (int)status))
            : AdminProblem.From(failure, address.Id);
    }

    // Only a path over fields needs them.
    private static async Task<IReadOnlyDictionary<string, string>> FieldsAsync(HttpContext context, ConnectionAddress address) =>
        address.Provider.VerifyPath is { FieldNames.Count: > 0 }
        && await context.RequestServices.GetRequiredService<IConnectionStore>().ReadAsync(address.Id, context.RequestAborted) is { } stored
            ? stored.Fields
            : FrozenDictionary<string, string>.Empty;

    private static async Task<IResult> ShowAsync(HttpContext context, ConnectionId id)
    {
        var services = context.RequestServices;
        return await services.GetRequiredService<IConnectionStore>().ReadAsync(id, context.RequestAborted) is { } connection
            ? TypedResults.Ok(await services.GetRequiredService<ConnectionPresenter>().ShowAsync(connection, context.RequestAborted))
            : AdminProblem.UnknownConnection(id);
    }
}
