using System.ComponentModel;

using Gateway.Model;
using Gateway.Tokens;
using Gateway.Tokens.Refreshing;

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
