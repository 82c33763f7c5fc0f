using System.Text.Json.Nodes;

namespace Gateway.Demo.Providers;

/// <summary>The General API's list of grants: <c>/v1/connections</c>. Bokio revokes a grant when its connection is deleted.</summary>
internal sealed class BokioConnections(SimulatedBokio bokio)
{
    public static void Map(IEndpointRouteBuilder app, SimulatedBokio bokio, BokioGuard guard)
    {
        var connections = new BokioConnections(bokio);
        app.MapGet("/v1/connections", guard.General(connections.ListAsync));
        app.MapDelete("/v1/connections/{id}", guard.General(connections.DeleteAsync));
    }

    private Task ListAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var page = Math.Max(1, query.Number("page", 1));
        var size = Math.Clamp(query.Number("pageSize", 25), 1, 100);
        var found = bokio.Authorization.Issuer.Grants.Where(grant => !grant.IsApplicationOnly).Select(Describe)
            .Where(item => query["tenantId"] is not [{ } tenant]
                || string.Equals(item["tenantId"]?.ToString(), tenant, StringComparison.OrdinalIgnoreCase))
            .ToList();
        var items = new JsonArray([.. found.Skip((page - 1) * size).Take(size)]);
        return context.Response.JsonAsync(200, BokioCompanyApi.Paged(items, found.Count, page, size));
    }

    private Task DeleteAsync(HttpContext context)
    {
        var known = Guid.TryParse(context.Request.RouteValues["id"] as string, out var id)
            && bokio.Authorization.Issuer.Revoke(grant => grant.Id == id && !grant.IsApplicationOnly) > 0;
        return known ? context.Response.EmptyAsync(204) : BokioErrors.NotFoundAsync(context.Response);
    }

    private JsonObject Describe(SimulatedGrant grant) => new()
    {
        ["id"] = grant.Id.ToString(),
        ["tenantId"] = bokio.Company(grant.Account).Id.ToString(),
        ["tenantName"] = grant.Account,
        ["type"] = "company",
    };
}
