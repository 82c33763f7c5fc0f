using System.Text.Json.Nodes;

namespace Gateway.Demo.Providers;

/// <summary>The Company API: <c>/v1/companies/{companyId}/…</c>.</summary>
internal static class BokioCompanyApi
{
    private const string Root = "/v1/companies/{companyId}";

    public static void Map(IEndpointRouteBuilder app, BokioGuard guard)
    {
        app.MapGet($"{Root}/company-information", guard.Company("company-information:read", DescribeAsync));
        foreach (var resource in BokioScopes.ReadWrite.Where(resource => resource is not "uploads"))
        {
            app.MapGet($"{Root}/{resource}", guard.Company($"{resource}:read", (context, company) => ListAsync(context, company.Resource(resource))));
            app.MapGet($"{Root}/{resource}/{{id}}", guard.Company($"{resource}:read", (context, company) => ReadAsync(context, company.Resource(resource))));
            app.MapPost($"{Root}/{resource}", guard.Company($"{resource}:write", (context, company) => CreateAsync(context, company.Resource(resource))));
        }

        app.MapEcho(Root, handle => guard.Company(scope: null, (context, _) => handle(context)));
        app.MapFallback(guard.Authenticated((context, _) => BokioErrors.NotFoundAsync(context.Response)));
    }

    private static Task DescribeAsync(HttpContext context, BokioCompany company) => context.Response.JsonAsync(200, new JsonObject
    {
        ["id"] = company.Id.ToString(),
        ["name"] = company.Name,
        ["organizationNumber"] = "000000-0000",
    });

    private static Task ListAsync(HttpContext context, JsonCollection records)
    {
        var page = Math.Max(1, context.Request.Query.Number("page", 1));
        var size = Math.Clamp(context.Request.Query.Number("pageSize", 25), 1, 100);
        return context.Response.JsonAsync(200, Paged(records.Slice((page - 1) * size, size), records.Count, page, size));
    }

    private static Task ReadAsync(HttpContext context, JsonCollection records) =>
        records.Find((string)context.Request.RouteValues["id"]!) is { } record
            ? context.Response.JsonAsync(200, record)
            : BokioErrors.NotFoundAsync(context.Response);

    private static async Task CreateAsync(HttpContext context, JsonCollection records)
    {
        if (await context.Request.JsonObjectAsync() is not { } record)
        {
            await BokioErrors.ValidationAsync(context.Response, "", "A JSON object is needed.");
            return;
        }

        record["id"] = Guid.NewGuid().ToString();
        records.Add(record);
        await context.Response.JsonAsync(201, record);
    }

    internal static JsonObject Paged(JsonArray items, int total, int page, int size) => new()
    {
        ["totalItems"] = total,
        ["totalPages"] = (total + size - 1) / size,
        ["currentPage"] = page,
        ["items"] = items,
    };
}
