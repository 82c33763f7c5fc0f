using System.Text.Json.Nodes;

using Gateway.Model;

namespace Gateway.Tests.Admin;

public sealed class ConnectionEndpointsTests
{
    [Fact]
    public async Task A_connection_shows_all_members_of_the_contract_and_no_others()
    {
        await using var app = await AdminApp.StartAsync();
        await app.PutAsync(
            "/connections/hosted/fund",
            new { refreshToken = "r", accessToken = "a", expiresIn = 60, scope = "read", fields = new { client = "north" } });
        var (status, body) = await app.GetAsync("/connections/Hosted/fund");

        Assert.Equal(200, status);
        var expected = JsonNode.Parse("""
            { "provider": "hosted", "name": "fund", "status": "ready", "generation": 1, "expiresAt": "2030-01-01T12:01:00+00:00",
              "refreshedAt": null, "scopes": ["read"], "missingScopes": ["write"], "fields": { "client": "north" }, "lastError": null }
            """);
        Assert.True(JsonNode.DeepEquals(expected, body), body!.ToJsonString());
    }

    [Fact]
    public async Task The_status_follows_leases_failures_and_a_dead_grant()
    {
        await using var app = await AdminApp.StartAsync();
        await app.PutAsync("/connections/code/acme", new { refreshToken = "r" });
        var id = new ConnectionId("code", "acme");
        var lease = await app.Store.TryLeaseAsync(id, TimeSpan.FromSeconds(30), CancellationToken.None);
        Assert.Equal("refreshing", await StatusAsync(app));
        await app.Store.ReleaseAsync(lease!, CancellationToken.None);
        Assert.Equal("ready", await StatusAsync(app));

        var now = app.Clock.GetUtcNow();
        var stored = await app.StoredAsync("code", "acme");
        await app.Store.TryWriteAsync(
            stored with { LastFailure = new(RefreshOutcome.Transient, "http_503", now, 2, now.AddSeconds(4)) }, stored.Generation,
            CancellationToken.None);
        var (_, body) = await app.GetAsync("/connections/code/acme");
        var error = JsonNode.Parse("""
            { "reason": "http_503", "at": "2030-01-01T12:00:00+00:00", "attempts": 2, "retryAt": "2030-01-01T12:00:04+00:00",
              "outcome": "transient" }
            """);
        Assert.Equal("unavailable", body!["status"]!.GetValue<string>());
        Assert.True(JsonNode.DeepEquals(error, body["lastError"]), body.ToJsonString());

        await app.Store.TryWriteAsync(
            stored with { DeadSince = now, LastFailure = new(RefreshOutcome.Permanent, "invalid_grant", now, 1, now) }, stored.Generation,
            CancellationToken.None);
        (_, body) = await app.GetAsync("/connections/code/acme");
        Assert.Equal("reauthorization_required", body!["status"]!.GetValue<string>());
        Assert.Null(body["lastError"]!["retryAt"]);
    }

    [Fact]
    public async Task Pages_have_no_gap_and_no_repetition()
    {
        await using var app = await AdminApp.StartAsync();
        for (var i = 0; i < 7; i++)
        {
            await app.PutAsync($"/connections/code/c{i}", new { refreshToken = "r" });
        }

        await app.PutAsync("/connections/keys/shop", new { fields = new { apiKey = "k" } });

        var seen = new List<string>();
        var next = "";
        do
        {
            var (_, body) = await app.GetAsync($"/connections?limit=3&after={next}");
            seen.AddRange(body!["items"]!.AsArray().Select(static item => $"{item!["provider"]}/{item["name"]}"));
            next = body["next"]?.GetValue<string>();
        }
        while (next is not null);

        Assert.Equal(["code/c0", "code/c1", "code/c2", "code/c3", "code/c4", "code/c5", "code/c6", "keys/shop"], seen);
        var (_, mine) = await app.GetAsync("/connections?provider=KEYS&status=ready");
        Assert.Equal("shop", Assert.Single(mine!["items"]!.AsArray())!["name"]!.GetValue<string>());
        Assert.Empty((await app.GetAsync("/connections?status=unavailable")).Body!["items"]!.AsArray());
    }

    [Theory]
    [InlineData("limit=0")]
    [InlineData("limit=1001")]
    [InlineData("limit=-1")]
    [InlineData("limit=ten")]
    [InlineData("limit=99999999999")]
    [InlineData("status=dead")]
    [InlineData("status=Ready")]
    [InlineData("provider=nobody")]
    [InlineData("after=acme")]
    [InlineData("after=code/a/b")]
    [InlineData("after=code/a%20b")]
    public async Task An_invalid_query_parameter_is_refused_by_name(string query)
    {
        await using var app = await AdminApp.StartAsync();
        var (status, body) = await app.GetAsync($"/connections?{query}");
        Assert.Equal((400, "bad_request"), (status, Code(body)));
        Assert.StartsWith(
            query[..query.IndexOf('=', StringComparison.Ordinal)] + ":", body!["detail"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("PUT", "")]
    [InlineData("DELETE", "")]
    [InlineData("POST", "/refresh")]
    [InlineData("POST", "/verify")]
    public async Task Invalid_names_and_unknown_providers_have_different_codes(string method, string action)
    {
        await using var app = await AdminApp.StartAsync();
        var verb = new HttpMethod(method);
        foreach (var name in new[] { "a%20b", "a%2Fb", "%C3%A5", new string('n', 129), "a;b", "a:b" })
        {
            var (status, body) = await app.SendAsync(verb, $"/connections/code/{name}{action}", "{}");
            Assert.Equal((400, "invalid_connection"), (status, Code(body)));
        }

        var unknown = await app.SendAsync(verb, $"/connections/nobody/acme{action}", "{}");
        Assert.Equal((404, "provider_not_found"), (unknown.Status, Code(unknown.Body)));
    }

    [Fact]
    public async Task An_unknown_connection_is_a_problem_that_names_it()
    {
        await using var app = await AdminApp.StartAsync();
        using var response = await app.RespondAsync(HttpMethod.Get, "/connections/code/acme");
        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;

        Assert.Equal(404, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("connection_not_found", Assert.Single(response.Headers.GetValues("Gateway-Error")));
        Assert.Equal(
            ["type", "title", "status", "detail", "code", "provider", "connection", "traceId"],
            body.AsObject().Select(static member => member.Key));
        Assert.Equal("urn:gateway:problem:connection_not_found", body["type"]!.GetValue<string>());
        Assert.Equal(
            ("code", "acme", 404),
            (body["provider"]!.GetValue<string>(), body["connection"]!.GetValue<string>(), body["status"]!.GetValue<int>()));
    }

    [Theory]
    [InlineData("GET", "/connections")]
    [InlineData("GET", "/connections/code/acme")]
    [InlineData("PUT", "/connections/code/acme")]
    [InlineData("DELETE", "/connections/code/acme")]
    public async Task A_store_outage_is_503_with_a_RetryAfter(string method, string path)
    {
        await using var app = await AdminApp.StartAsync();
        app.Store.Away = true;
        using var response = await app.RespondAsync(new HttpMethod(method), path, """{"refreshToken":"r"}""");
        Assert.Equal(503, (int)response.StatusCode);
        Assert.Equal("credential_unavailable", Assert.Single(response.Headers.GetValues("Gateway-Error")));
        Assert.NotNull(response.Headers.RetryAfter?.Delta);
    }

    private static async Task<string> StatusAsync(AdminApp app) =>
        (await app.GetAsync("/connections/code/acme")).Body!["status"]!.GetValue<string>();

    private static string? Code(JsonNode? body) => body?["code"]?.GetValue<string>();
}
