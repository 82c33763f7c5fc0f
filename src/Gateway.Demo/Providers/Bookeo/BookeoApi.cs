using System.Text.Json.Nodes;

namespace Gateway.Demo.Providers;

/// <summary>The API host: <c>/v2/…</c>.</summary>
internal sealed class BookeoApi(SimulatedBookeo bookeo)
{
    private const int LargestPage = 100;

    private static readonly string[] Modules = ["bookings", "customers"];

    public void Map(IEndpointRouteBuilder app, BookeoGuard guard)
    {
        app.MapGet("/v2/settings/apikeyinfo", guard.Installation(_ => true, DescribeKeyAsync));
        foreach (var module in Modules)
        {
            app.MapGet($"/v2/{module}", guard.Installation(key => key.Allows(module, writes: false), ListOf(module)));
            app.MapPost($"/v2/{module}", guard.Installation(key => key.Allows(module, writes: true), CreateIn(module)));
        }

        app.MapEcho("/v2", handle => guard.Installation(_ => true, (context, _) => handle(context)));
        app.MapFallback(guard.Installation(_ => true, (context, _) => BookeoErrors.AnswerAsync(context.Response, 404, "Not found.")));
    }

    private static Task DescribeKeyAsync(HttpContext context, BookeoInstallation key) => context.Response.JsonAsync(200, new JsonObject
    {
        ["accountId"] = key.AccountId,
        ["permissions"] = new JsonArray([.. key.Permissions.Order(StringComparer.Ordinal).Select(permission => (JsonNode)permission)]),
        ["creationTime"] = key.CreatedAt.ToString("yyyy-MM-dd'T'HH:mm:sszzz"),
    });

    private Func<HttpContext, BookeoInstallation, Task> ListOf(string module) => (context, key) =>
    {
        var records = bookeo.Records(key.AccountId, module);
        var size = Math.Clamp(context.Request.Query.Number("itemsPerPage", 50), 1, LargestPage);
        var page = Math.Max(1, context.Request.Query.Number("pageNumber", 1));
        return context.Response.JsonAsync(200, new JsonObject
        {
            ["data"] = records.Slice((page - 1) * size, size),
            ["info"] = new JsonObject
            {
                ["totalItems"] = records.Count,
                ["totalPages"] = (records.Count + size - 1) / size,
                ["currentPage"] = page,
                ["pageNavigationToken"] = "",
            },
        });
    };

    private Func<HttpContext, BookeoInstallation, Task> CreateIn(string module) => async (context, key) =>
    {
        if (await context.Request.JsonObjectAsync() is not { } record)
        {
            await BookeoErrors.AnswerAsync(context.Response, 400, "A JSON object is needed.");
            return;
        }

        record["id"] = Guid.NewGuid().ToString("N");
        bookeo.Records(key.AccountId, module).Add(record);
        await context.Response.JsonAsync(201, record);
    };
}
