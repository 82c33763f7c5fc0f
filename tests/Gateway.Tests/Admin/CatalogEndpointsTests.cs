using System.Text.Json.Nodes;

using Gateway.Admin;
using Gateway.Tests.Tokens;

namespace Gateway.Tests.Admin;

public sealed class CatalogEndpointsTests
{
    [Fact]
    public async Task Providers_are_listed_with_the_required_fields_of_a_connection()
    {
        await using var app = await AdminApp.StartAsync();
        var providers = (await app.GetAsync("/providers")).Body!.AsArray();
        Assert.Equal(["code", "hosted", "keys", "machine"], providers.Select(static provider => provider!["name"]!.GetValue<string>()));

        var keys = providers[2]!;
        Assert.Equal("Secret", keys["kind"]!.GetValue<string>());
        Assert.Equal(["apiKey"], Strings(keys["secretFields"]));
        Assert.Equal(["X-Key", "X-Secret"], Strings(keys["headers"]));
        Assert.Equal(["token"], Strings(keys["query"]));
        Assert.True(keys["verifiable"]!.GetValue<bool>());

        var hosted = providers[1]!;
        Assert.Equal("AuthorizationCode", hosted["grant"]!.GetValue<string>());
        Assert.Equal("https://{client}-api.invalid", hosted["origin"]!.GetValue<string>());
        Assert.Equal("^[a-z0-9-]{1,63}$", hosted["fields"]!["client"]!.GetValue<string>());
        Assert.Empty(Strings(hosted["secretFields"]));
    }

    [Fact]
    public async Task A_refusing_provider_is_shown_with_the_index_of_the_secret_in_use()
    {
        await using var server = await TokenServer.StartAsync();
        var provider = TestProviders.Code(server.Url[..^"/token".Length]);
        await using var app = await AdminApp.StartAsync(provider);
        await app.PutAsync("/connections/code/acme", new { refreshToken = "refresh-0" });
        await app.PutAsync("/connections/code/other", new { refreshToken = "refresh-0" });
        Assert.Null((await ProviderAsync(app))["misconfigured"]);

        server.Say(401, """{"error":"invalid_client","error_description":"canary"}""");
        Assert.Equal(502, (await app.SendAsync(HttpMethod.Post, "/connections/code/acme/refresh")).Status);
        Assert.Null((await ProviderAsync(app))["misconfigured"]);
        Assert.Equal(502, (await app.SendAsync(HttpMethod.Post, "/connections/code/other/refresh")).Status);
        var refused = await ProviderAsync(app);
        Assert.Equal("invalid_client", refused["misconfigured"]!["reason"]!.GetValue<string>());
        Assert.Equal(app.Clock.GetUtcNow(), refused["misconfigured"]!["since"]!.GetValue<DateTimeOffset>());
        Assert.InRange(
            refused["misconfigured"]!["retryAt"]!.GetValue<DateTimeOffset>(), app.Clock.GetUtcNow(), app.Clock.GetUtcNow().AddSeconds(2));
        Assert.Equal(0, refused["clientSecretInUse"]!.GetValue<int>());

        server.Answer = server.RotateAsync;
        Assert.Equal(200, (await app.SendAsync(HttpMethod.Post, "/connections/code/acme/refresh")).Status);
        Assert.Null((await ProviderAsync(app))["misconfigured"]);
    }

    [Fact]
    public async Task The_routes_of_the_latest_configuration_are_listed()
    {
        await using var app = await AdminApp.StartAsync();
        Assert.Empty((await app.GetAsync("/routes")).Body!.AsArray());

        app.Services.GetRequiredService<RouteCatalog>().Replace(
        [
            new("b", "/b/{**path}", ["GET"], "code", "{tenant}", "Safe", "read", "https://code.invalid/"),
            new("a", "/a", [], null, null, null, null, null),
        ]);

        var routes = (await app.GetAsync("/routes")).Body!.AsArray();
        Assert.Equal(["a", "b"], routes.Select(static route => route!["id"]!.GetValue<string>()));
        var expected = JsonNode.Parse("""
            { "id": "b", "path": "/b/{**path}", "methods": ["GET"], "provider": "code", "connection": "{tenant}", "replay": "Safe",
              "scope": "read", "destination": "https://code.invalid/" }
            """);
        Assert.True(JsonNode.DeepEquals(expected, routes[1]), routes[1]!.ToJsonString());
    }

    private static async Task<JsonNode> ProviderAsync(AdminApp app) => (await app.GetAsync("/providers")).Body!.AsArray().Single()!;

    private static IEnumerable<string> Strings(JsonNode? array) => array!.AsArray().Select(static item => item!.GetValue<string>());
}
