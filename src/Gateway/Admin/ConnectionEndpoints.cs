using System.Collections.Frozen;
using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;

using Gateway.Model;
using Gateway.Tokens.Refreshing;
using Gateway.Tokens;

namespace Gateway.Admin;

/// <summary>Listing, reading, storing and forgetting connections.</summary>
internal static class ConnectionEndpoints
{
    public const string Pattern = "/connections/{provider}/{name}";

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/connections", ListAsync).WithName("listConnections")
            .WithTags("Connections").WithSummary("Pages of connections").Produces<ConnectionPage>().Refuses(400, 503);
        endpoints.MapGet(Pattern, GetAsync).WithName("getConnection")
            .WithTags("Connections").WithSummary("One connection").Produces<ConnectionView>().Refuses(400, 404, 503);
        endpoints.MapPut(Pattern, PutAsync).WithName("putConnection")
            .WithTags("Connections").WithSummary("Stores a connection's secrets")
            .WithDescription("Replaces what was stored, raises the generation and forgets past failures. Which members are taken depends on the provider.")
            .Accepts<ConnectionInput>("application/json", AdminDocument.AnyType)
            .Produces(StatusCodes.Status201Created).Produces(StatusCodes.Status204NoContent).Refuses(400, 404, 409, 413, 503);
        endpoints.MapDelete(Pattern, DeleteAsync).WithName("deleteConnection")
            .WithTags("Connections").WithSummary("Forgets a connection")
            .WithDescription("Then tells the provider, where it wants to be told. What it answers changes nothing here; the audit trail has it.")
            .Produces(StatusCodes.Status204NoContent).Refuses(400, 404, 503);
    }

    private static async Task<IResult> ListAsync(
        [Description("Only this provider's.")] string? provider,
        [Description("Only those of this status: ready, refreshing, reauthorization_required or unavailable.")] string? status,
        [Description("The value of next from the page before.")] string? after,
        [Description("1 to 1000; 100 when absent.")] string? limit,
        HttpContext context)
    {
        var errors = new List<string>();
        var query = context.RequestServices.GetRequiredService<ConnectionQueryParser>().Parse(provider, status, after, limit, errors);
        return query is null
            ? AdminProblem.BadRequest(string.Join("; ", errors))
            : TypedResults.Ok(await context.RequestServices.GetRequiredService<ConnectionPresenter>().ShowAsync(query, context.RequestAborted));
    }

    private static async Task<IResult> GetAsync(
        string provider, string name, ProviderCatalog catalog, IConnectionStore store, ConnectionPresenter presenter, CancellationToken cancellationToken)
    {
        if (!ConnectionAddress.TryFind(catalog, provider, name, out var address, out var problem))
        {
            return problem;
        }

        return await store.ReadAsync(address.Id, cancellationToken) is { } connection
            ? TypedResults.Ok(await presenter.ShowAsync(connection, cancellationToken))
            : AdminProblem.UnknownConnection(address.Id);
    }

    private static async Task<IResult> PutAsync(string provider, string name, HttpContext context, ProviderCatalog catalog, ConnectionWriter writer)
    {
        if (!ConnectionAddress.TryFind(catalog, provider, name, out var address, out var problem))
        {
            return problem;
        }

        (var input, problem) = await ConnectionInputReader.ReadAsync(context.Request, context.RequestAborted);
        if (input is null)
        {
            return problem!;
        }

        var now = context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
        if (ConnectionDraft.Check(address.Provider, input, now, out var errors) is not { } content)
        {
            return AdminProblem.BadRequest(string.Join("; ", errors));
        }

        if (await writer.ReplaceAsync(address.Id, content, context.RequestAborted) is not { } result)
        {
            return AdminProblem.Conflict(address.Id);
        }

        context.RequestServices.GetRequiredService<AuditTrail>().Stored(context, result.Stored, result.Created);
        return result.Created ? TypedResults.Created($"/connections/{address.Id}") : TypedResults.NoContent();
    }

    private static async Task<IResult> DeleteAsync(
        string provider, string name, HttpContext context, ProviderCatalog catalog, IConnectionStore store)
    {
        if (!ConnectionAddress.TryFind(catalog, provider, name, out var address, out var problem))
        {
            return problem;
        }

        var stored = await ReadForGoodbyeAsync(store, address.Id);
        if (!await store.RemoveAsync(address.Id, context.RequestAborted))
        {
            return AdminProblem.UnknownConnection(address.Id);
        }

        var audit = context.RequestServices.GetRequiredService<AuditTrail>();
        audit.Removed(context, address.Id);
        if (stored is not null)
        {
            var outcome = await context.RequestServices.GetRequiredService<GrantRevocation>().RevokeAsync(address.Provider, stored);
            audit.Revoked(context, address.Id, outcome);
        }

        return TypedResults.NoContent();
    }

    // A record that nobody can open any more can still be removed; there is nothing to tell the provider then.
    private static async Task<Connection?> ReadForGoodbyeAsync(IConnectionStore store, ConnectionId id)
    {
        try
        {
            return await store.ReadAsync(id, CancellationToken.None);
        }
        catch (StoreUnavailableException)
        {
            return null;
        }
    }
}

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

/// <summary>The connection that a path names, at a provider of the configuration in force.</summary>
/// <param name="Provider">The provider.</param>
/// <param name="Id">With the provider's name as configured, whatever its case in the path.</param>
internal sealed record ConnectionAddress(Provider Provider, ConnectionId Id)
{
    public static bool TryFind(
        ProviderCatalog catalog,
        string provider,
        string name,
        [NotNullWhen(true)] out ConnectionAddress? address,
        [NotNullWhen(false)] out AdminProblem? problem)
    {
        address = null;
        problem = null;
        if (!ConnectionId.IsValidName(name))
        {
            problem = AdminProblem.InvalidName();
        }
        else if (catalog.Find(provider) is not { } known)
        {
            problem = AdminProblem.UnknownProvider();
        }
        else
        {
            address = new(known, new(known.Name, name));
        }

        return address is not null;
    }
}
