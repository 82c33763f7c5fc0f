using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Gateway.Demo.Providers;

/// <summary>The API host: <c>/2.0/…</c> and <c>/3.0/…</c>.</summary>
internal static class BexioApi
{
    private static readonly string[] Modules = ["contact", "kb_invoice", "article"];

    public static void Map(IEndpointRouteBuilder app, BexioGuard guard)
    {
        app.MapGet("/3.0/users/me", guard.Company(_ => true, MeAsync));
        app.MapGet("/2.0/company_profile", guard.Company(_ => true, ProfileAsync));
        foreach (var module in Modules)
        {
            Map(app, guard, module);
        }

        app.MapEcho("/2.0", handle => guard.Company(_ => true, (context, _) => handle(context)));
        app.MapFallback(guard.Company(_ => true, (context, _) => BexioErrors.AnswerAsync(context.Response, 404)));
    }

    private static void Map(IEndpointRouteBuilder app, BexioGuard guard, string module)
    {
        var (root, group) = ($"/2.0/{module}", module is "article" ? BexioLimit.Article : BexioLimit.General);
        bool Show(IReadOnlySet<string> scopes) => BexioScopes.AllowShow(scopes, module);
        bool Edit(IReadOnlySet<string> scopes) => BexioScopes.AllowEdit(scopes, module);

        app.MapGet(root, guard.Company(Show, (context, company) => ListAsync(context, company.Resource(module)), group));
        app.MapGet($"{root}/{{id:int}}", guard.Company(Show, (context, company) => ReadAsync(context, company.Resource(module)), group));
        app.MapPost(root, guard.Company(Edit, (context, company) => CreateAsync(context, company, module), group));
        var search = guard.Company(Show, (context, company) => SearchAsync(context, company.Resource(module)), BexioLimit.Search);
        app.MapPost($"{root}/search", search);
    }

    private static Task MeAsync(HttpContext context, BexioCompany company) => context.Response.JsonAsync(200, new JsonObject
    {
        ["id"] = 1,
        ["salutation_type"] = "male",
        ["firstname"] = "Sim",
        ["lastname"] = company.Name,
        ["email"] = $"owner@{company.Name}.example",
        ["is_superadmin"] = true,
        ["is_accountant"] = false,
    });

    private static Task ProfileAsync(HttpContext context, BexioCompany company) =>
        context.Response.JsonAsync(200, new JsonArray(new JsonObject { ["id"] = company.Id, ["name"] = company.Name }));

    private static Task ListAsync(HttpContext context, JsonCollection records)
    {
        var offset = Math.Max(0, context.Request.Query.Number("offset", 0));
        var limit = Math.Clamp(context.Request.Query.Number("limit", 500), 1, 2000);
        return context.Response.JsonAsync(200, records.Slice(offset, limit));
    }

    private static Task ReadAsync(HttpContext context, JsonCollection records) =>
        records.Find((string)context.Request.RouteValues["id"]!) is { } record
            ? context.Response.JsonAsync(200, record)
            : BexioErrors.AnswerAsync(context.Response, 404);

    private static async Task CreateAsync(HttpContext context, BexioCompany company, string module)
    {
        if (!context.Request.HasJsonContentType())
        {
            await BexioErrors.AnswerAsync(context.Response, 415);
            return;
        }

        await (await context.Request.JsonObjectAsync() is { } record
            ? context.Response.JsonAsync(201, company.Create(module, record))
            : BexioErrors.AnswerAsync(context.Response, 422));
    }

    /// <summary>Ignores the search criteria and returns all records.</summary>
    private static Task SearchAsync(HttpContext context, JsonCollection records) =>
        context.Request.HasJsonContentType() ? ListAsync(context, records) : BexioErrors.AnswerAsync(context.Response, 415);
}

/// <summary>A company in bexio and its records. Ids are consecutive numbers, as in bexio.</summary>
internal sealed class BexioCompany(string name, int id)
{
    private readonly ConcurrentDictionary<string, JsonCollection> _resources = new(StringComparer.Ordinal);
    private int _lastId;

    public string Name { get; } = name;

    public int Id { get; } = id;

    public JsonCollection Resource(string name) => _resources.GetOrAdd(name, _ => new JsonCollection());

    public JsonObject Create(string resource, JsonObject record)
    {
        record["id"] = Interlocked.Increment(ref _lastId);
        Resource(resource).Add(record);
        return record;
    }
}
