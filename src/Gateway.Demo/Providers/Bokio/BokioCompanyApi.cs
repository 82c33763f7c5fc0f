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
            RequestDelegate Guarded(string access, Func<HttpContext, JsonCollection, Task> handle) =>
                guard.Company($"{resource}:{access}", (context, company) => handle(context, company.Resource(resource)));

            app.MapGet($"{Root}/{resource}", Guarded("read", ListAsync));
            app.MapGet($"{Root}/{resource}/{{id}}", Guarded("read", ReadAsync));
            app.MapPost($"{Root}/{resource}", Guarded("write", CreateAsync));
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

/// <summary>Files of the Company API: uploaded as multipart form data, downloaded as octet-stream.</summary>
internal static class BokioUploads
{
    private const string Root = "/v1/companies/{companyId}/uploads";

    public static void Map(IEndpointRouteBuilder app, BokioGuard guard)
    {
        app.MapPost(Root, guard.Company("uploads:write", UploadAsync));
        app.MapGet($"{Root}/{{id}}/download", guard.Company("uploads:read", DownloadAsync));
    }

    private static async Task UploadAsync(HttpContext context, BokioCompany company)
    {
        var file = context.Request.HasFormContentType ? (await context.Request.ReadFormAsync()).Files.GetFile("file") : null;
        if (file is null)
        {
            await BokioErrors.ValidationAsync(context.Response, "file", "A file is needed.");
            return;
        }

        var (id, content) = (Guid.NewGuid().ToString(), new MemoryStream());
        await file.CopyToAsync(content);
        company.Uploads[id] = content.ToArray();
        var description = new JsonObject { ["id"] = id, ["contentType"] = file.ContentType, ["fileName"] = file.FileName };
        await context.Response.JsonAsync(201, description);
    }

    private static async Task DownloadAsync(HttpContext context, BokioCompany company)
    {
        if (!company.Uploads.TryGetValue((string)context.Request.RouteValues["id"]!, out var content))
        {
            await BokioErrors.NotFoundAsync(context.Response);
            return;
        }

        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = content.Length;
        await context.Response.Body.WriteAsync(content);
    }
}
