using System.Text.Json.Nodes;

namespace Gateway.Demo.Providers;

/// <summary>The API of one client: <c>/v1/…</c> on <c>{client}-api.…</c>.</summary>
internal sealed class BipsyncApi(SimulatedBipsync bipsync)
{
    private const int DefaultLimit = 10;

    public void Map(IEndpointRouteBuilder app, BipsyncGuard guard)
    {
        app.MapGet("/v1/contenttype", guard.Api(caller => caller.HasAny(BipsyncScopes.Read), ListOf("contenttype")));
        app.MapGet("/v1/field", guard.Api(caller => caller.HasAny(BipsyncScopes.Read, BipsyncScopes.Fields), ListOf("field")));
        app.MapGet("/v1/research", guard.Api(caller => caller.HasAny(BipsyncScopes.Read), ListOf("research")));
        app.MapPost("/v1/research", guard.Api(caller => caller.HasAny(BipsyncScopes.Write), CreateAsync));
        app.MapPost("/v1/graphql", guard.Api(caller => !caller.IsLegacy, QueryAsync));
        app.MapEcho("/v1", handle => guard.Api(_ => true, (context, _) => handle(context)));
        app.MapFallback(guard.Api(_ => true, (context, _) => context.Response.EmptyAsync(404)));
    }

    private Func<HttpContext, BipsyncCaller, Task> ListOf(string resource) => (context, caller) =>
    {
        var records = bipsync.Records(caller.Client, resource);
        var offset = Math.Max(0, context.Request.Query.Number("offset", 0));
        var limit = Math.Max(1, context.Request.Query.Number("limit", DefaultLimit));
        return context.Response.JsonAsync(200, new JsonObject
        {
            ["total"] = records.Count,
            ["offset"] = offset,
            ["limit"] = limit,
            ["results"] = records.Slice(offset, limit),
        });
    };

    private async Task CreateAsync(HttpContext context, BipsyncCaller caller)
    {
        if (await context.Request.JsonObjectAsync() is not { } record)
        {
            await context.Response.EmptyAsync(400);
            return;
        }

        record["id"] = Guid.NewGuid().ToString("N");
        bipsync.Records(caller.Client, "research").Add(record);
        await context.Response.JsonAsync(200, record);
    }

    /// <summary>Does not parse GraphQL: finds the type names in the text, checks their scopes and answers empty lists.</summary>
    private static async Task QueryAsync(HttpContext context, BipsyncCaller caller)
    {
        if ((await context.Request.JsonObjectAsync())?["query"]?.ToString() is not { } query)
        {
            await context.Response.EmptyAsync(400);
            return;
        }

        var asked = BipsyncScopes.GraphTypes.Where(type => query.Contains(type, StringComparison.Ordinal)).ToList();
        await (caller.Scopes!.Count > 0 && asked.All(type => caller.HasAny($"{type}:read"))
            ? context.Response.JsonAsync(200, new JsonObject { ["data"] = Data(asked) })
            : context.Response.EmptyAsync(401));
    }

    private static JsonObject Data(List<string> asked) =>
        new([KeyValuePair.Create("__typename", (JsonNode?)"Query"), .. asked.Select(EmptyList)]);

    private static KeyValuePair<string, JsonNode?> EmptyList(string type) => KeyValuePair.Create(type, (JsonNode?)new JsonArray());
}
