using System.Text.Json.Nodes;

namespace Gateway.Demo.Providers;

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
        await context.Response.JsonAsync(201, new JsonObject { ["id"] = id, ["contentType"] = file.ContentType, ["fileName"] = file.FileName });
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
