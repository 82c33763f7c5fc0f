using Gateway.Model;

using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Admin;

/// <summary>What operators need to know of the store.</summary>
internal static class StoreEndpoints
{
    public static void Map(IEndpointRouteBuilder endpoints) => endpoints.MapGet("/store/keys", KeysAsync).WithName("listStoreKeys")
        .WithTags("Store").WithSummary("The encryption keys, and how many connections need each")
        .WithDescription("Reads every connection. A key that is not active and that no connection needs may be taken out of Store:EncryptionKeys.")
        .Refuses(503);

    private static async Task<Ok<IReadOnlyList<StoreKeyView>>> KeysAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var keys = await context.RequestServices.GetRequiredService<StoreKeys>().CountAsync(cancellationToken);
        return TypedResults.Ok<IReadOnlyList<StoreKeyView>>([.. keys.Select(StoreKeyView.From)]);
    }
}
