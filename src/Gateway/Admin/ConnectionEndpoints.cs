using System.Collections.Frozen;
using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

using Gateway.Model;
using Gateway.Observability;
using Gateway.Tokens.Refreshing;
using Gateway.Tokens;

namespace Gateway.Admin;

/// <summary>Lists, shows, stores, removes, refreshes and verifies connections.</summary>
internal static class ConnectionEndpoints
{
    private const string Pattern = "/connections/{provider}/{name}";

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/connections", ListAsync).WithName("listConnections")
            .WithTags("Connections").WithSummary("Pages of connections").Produces<ConnectionPage>().Refuses(400, 503);
        endpoints.MapGet(Pattern, GetAsync).WithName("getConnection")
            .WithTags("Connections").WithSummary("One connection").Produces<ConnectionView>().Refuses(400, 404, 503);
        endpoints.MapPut(Pattern, PutAsync).WithName("putConnection")
            .WithTags("Connections").WithSummary("Stores a connection's secrets")
            .WithDescription("Replaces what was stored, raises the generation and forgets failures. The members depend on the provider.")
            .Accepts<ConnectionInput>("application/json", AdminDocument.AnyType)
            .Produces(StatusCodes.Status201Created).Produces(StatusCodes.Status204NoContent).Refuses(400, 404, 409, 413, 503);
        endpoints.MapDelete(Pattern, DeleteAsync).WithName("deleteConnection")
            .WithTags("Connections").WithSummary("Forgets a connection")
            .WithDescription("Then revokes its grant at the provider, where its endpoint is known. The audit trail has the outcome.")
            .Produces(StatusCodes.Status204NoContent).Refuses(400, 404, 503);
        endpoints.MapPost($"{Pattern}/refresh", RefreshAsync).WithName("refreshConnection")
            .WithTags("Connections").WithSummary("Renews the token now")
            .WithDescription("Waits for the refresh, its own or one that is under way, and answers the connection as it is then.")
            .Produces<ConnectionView>().Refuses(400, 404, 422, 424, 502, 503);
        endpoints.MapPost($"{Pattern}/verify", VerifyAsync).WithName("verifyConnection")
            .WithTags("Connections").WithSummary("Asks the provider whether it takes the credential")
            .WithDescription("Sends a GET to the provider's Verify:Path. Changes nothing, except that an expired token is renewed first.")
            .Produces<VerificationView>().Refuses(400, 404, 422, 424, 502, 503, 504);
    }

    private static async Task<IResult> ListAsync(
        [Description("Only this provider's.")] string? provider,
        [Description("Only those of this status: ready, refreshing, reauthorization_required or unavailable.")] string? status,
        [Description("The value of next from the page before.")] string? after,
        [Description("1 to 1000; 100 when absent.")] string? limit,
        ProviderCatalog catalog,
        ConnectionPresenter presenter,
        CancellationToken cancellationToken) =>
        ConnectionQueryParser.Parse(catalog, provider, status, after, limit, out var errors) is { } query
            ? TypedResults.Ok(await presenter.ShowAsync(query, cancellationToken))
            : AdminProblem.BadRequest(string.Join("; ", errors));

    private static async Task<IResult> GetAsync(
        string provider, string name, ProviderCatalog catalog, IConnectionStore store, ConnectionPresenter presenter,
        CancellationToken cancellationToken) =>
        TryFind(catalog, provider, name, out var address, out var problem)
            ? await ShowAsync(address.Id, store, presenter, cancellationToken)
            : problem;

    private static async Task<IResult> PutAsync(
        string provider, string name, HttpContext context, ProviderCatalog catalog, ConnectionWriter writer, TimeProvider clock,
        AuditTrail audit)
    {
        if (!TryFind(catalog, provider, name, out var address, out var problem))
        {
            return problem;
        }

        (var input, problem) = await ConnectionInputReader.ReadAsync(context.Request, context.RequestAborted);
        if (input is null)
        {
            return problem!;
        }

        if (ConnectionDraft.Check(address.Provider, input, clock.GetUtcNow(), out var errors) is not { } content)
        {
            return AdminProblem.BadRequest(string.Join("; ", errors));
        }

        if (await writer.ReplaceAsync(address.Id, content, context.RequestAborted) is not { } result)
        {
            return AdminProblem.Conflict(address.Id);
        }

        audit.Stored(context, result.Stored, result.Created);
        return result.Created ? TypedResults.Created($"/connections/{address.Id}") : TypedResults.NoContent();
    }

    private static async Task<IResult> DeleteAsync(
        string provider, string name, HttpContext context, ProviderCatalog catalog, IConnectionStore store, GrantRevocation revocation,
        AuditTrail audit)
    {
        if (!TryFind(catalog, provider, name, out var address, out var problem))
        {
            return problem;
        }

        var stored = await TryReadAsync(store, address.Id);
        if (!await store.RemoveAsync(address.Id, context.RequestAborted))
        {
            return AdminProblem.UnknownConnection(address.Id);
        }

        audit.Removed(context, address.Id);
        if (stored is not null)
        {
            audit.Revoked(context, address.Id, await revocation.RevokeAsync(address.Provider, stored));
        }

        return TypedResults.NoContent();
    }

    private static async Task<IResult> RefreshAsync(
        string provider, string name, HttpContext context, ProviderCatalog catalog, TokenBroker broker, IConnectionStore store,
        ConnectionPresenter presenter, AuditTrail audit)
    {
        if (!TryFind(catalog, provider, name, out var address, out var problem))
        {
            return problem;
        }

        if (address.Provider.Kind != ProviderKind.OAuth2)
        {
            return AdminProblem.NotRenewable(address.Id);
        }

        var result = await broker.RefreshAsync(address.Provider, address.Id, context.RequestAborted);
        audit.Refreshed(context, address.Id, result.Failure?.Error.ToCode() ?? "success");
        return result.Failure is { } failure
            ? AdminProblem.From(failure, address.Id)
            : await ShowAsync(address.Id, store, presenter, context.RequestAborted);
    }

    private static async Task<IResult> VerifyAsync(
        string provider, string name, HttpContext context, ProviderCatalog catalog, TokenBroker broker, IConnectionStore store,
        CredentialVerifier verifier, AuditTrail audit)
    {
        if (!TryFind(catalog, provider, name, out var address, out var problem))
        {
            return problem;
        }

        var fields = await FieldsForVerificationAsync(address, store, context.RequestAborted);
        if (address.Provider.VerifyPathOf(fields) is not { } path)
        {
            return AdminProblem.NotVerifiable(address.Id);
        }

        var result = await broker.GetAsync(address.Provider, address.Id, context.RequestAborted);
        if (!result.TryGet(out var credential, out var failure))
        {
            return AdminProblem.From(failure, address.Id);
        }

        (var status, failure) = await verifier.VerifyAsync(credential, path, context.RequestAborted);
        audit.Verified(context, address.Id, failure?.Error.ToCode() ?? $"{(int)status}");
        return failure is null
            ? TypedResults.Ok(new VerificationView((int)status is >= 200 and < 300, (int)status))
            : AdminProblem.From(failure, address.Id);
    }

    // The provider of the configuration in force, and the connection's id with the provider's name in the case of the configuration.
    private static bool TryFind(
        ProviderCatalog catalog, string provider, string name,
        [NotNullWhen(true)] out ConnectionAddress? address, [NotNullWhen(false)] out ProblemResult? problem)
    {
        var known = catalog.Find(provider);
        problem = !ConnectionId.IsValidName(name) ? ProblemResult.InvalidName() : known is null ? ProblemResult.UnknownProvider() : null;
        address = problem is null ? new(known!, new(known!.Name, name)) : null;
        return address is not null;
    }

    private static async Task<IResult> ShowAsync(
        ConnectionId id, IConnectionStore store, ConnectionPresenter presenter, CancellationToken cancellationToken) =>
        await store.ReadAsync(id, cancellationToken) is { } connection
            ? TypedResults.Ok(await presenter.ShowAsync(connection, cancellationToken))
            : AdminProblem.UnknownConnection(id);

    // A record that no configured key opens can still be removed; its grant can't be revoked then.
    private static async Task<Connection?> TryReadAsync(IConnectionStore store, ConnectionId id)
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

    // Only a path with templates needs the connection's fields.
    private static async Task<IReadOnlyDictionary<string, string>> FieldsForVerificationAsync(
        ConnectionAddress address, IConnectionStore store, CancellationToken cancellationToken) =>
        address.Provider.VerifyPath is { FieldNames.Count: > 0 } && await store.ReadAsync(address.Id, cancellationToken) is { } stored
            ? stored.Fields
            : FrozenDictionary<string, string>.Empty;

    private sealed record ConnectionAddress(Provider Provider, ConnectionId Id);
}

/// <summary>Reads the query of a listing and reports everything that is wrong with it. An empty parameter counts as absent.</summary>
internal static class ConnectionQueryParser
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 1000;

    /// <returns>What to list, or null when <paramref name="errors"/> has at least one sentence.</returns>
    public static ConnectionQuery? Parse(
        ProviderCatalog catalog, string? provider, string? status, string? after, string? limit, out IReadOnlyList<string> errors)
    {
        var found = new List<string>();
        errors = found;
        var known = string.IsNullOrEmpty(provider) ? null : catalog.Find(provider);
        Check(provider, known is not null, "provider: the configuration has none of that name");

        ConnectionStatus? wanted = Enum.GetValues<ConnectionStatus>().Cast<ConnectionStatus?>()
            .FirstOrDefault(value => value?.ToTagValue() == status);
        Check(status, wanted is not null, "status: one of ready, refreshing, reauthorization_required, unavailable");

        ConnectionId? last = after?.Split('/') is [{ Length: > 0 } lastProvider, var lastName] && ConnectionId.IsValidName(lastName)
            ? new(lastProvider, lastName)
            : null;
        Check(after, last is not null, "after: the value of next from the page before, provider/name");

        var isSize = int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size is >= 1 and <= MaxLimit;
        Check(limit, isSize, $"limit: a whole number from 1 to {MaxLimit}");
        return found.Count == 0 ? new(known?.Name, wanted, last, isSize ? size : DefaultLimit) : null;

        void Check(string? text, bool isValid, string error)
        {
            if (!string.IsNullOrEmpty(text) && !isValid)
            {
                found.Add(error);
            }
        }
    }
}
