using System.Text.Json;

using Gateway.Model;

namespace Gateway.Tests.Admin;

public sealed class PutConnectionTests
{
    private const string Canary = "CANARY-7f3a9";

    [Fact]
    public async Task A_refresh_token_with_its_access_token_is_stored_as_given()
    {
        await using var app = await AdminApp.StartAsync();
        var (status, body) = await app.PutAsync(
            "/connections/code/acme",
            new { refreshToken = "rt-1", accessToken = "at-1", expiresIn = 90, scope = "read write" });

        Assert.Equal((201, null), (status, body));
        var stored = await app.StoredAsync("code", "acme");
        Assert.Equal("rt-1", stored.Grant.RefreshToken.Reveal());
        Assert.Equal("at-1", stored.Token?.Value.Reveal());
        Assert.Equal(app.Clock.GetUtcNow().AddSeconds(90), stored.Token?.ExpiresAt);
        Assert.Equal(["read", "write"], stored.Scopes);
        Assert.Equal(1, stored.Generation);
    }

    [Fact]
    public async Task Without_an_access_token_there_is_no_token_until_first_use()
    {
        await using var app = await AdminApp.StartAsync();
        await app.PutAsync("/connections/code/acme", new { refreshToken = "rt-1", expiresIn = 0, scope = (string[])["a", "b c"] });
        var stored = await app.StoredAsync("code", "acme");
        Assert.Null(stored.Token);
        Assert.Equal(["a", "b", "c"], stored.Scopes);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("-5", 0)]
    [InlineData("1.5", 1.5)]
    [InlineData("null", 1800)]
    [InlineData("1e300", 3653 * 86400d)]
    [InlineData("1e999", 3653 * 86400d)]
    [InlineData("99999999999999999999", 3653 * 86400d)]
    public async Task ExpiresIn_counts_from_now_and_is_limited(string expiresIn, double seconds)
    {
        await using var app = await AdminApp.StartAsync();
        var (status, _) =
            await app.PutAsync("/connections/code/acme", $$"""{"refreshToken":"r","accessToken":"a","expiresIn":{{expiresIn}}}""");
        Assert.Equal(201, status);
        Assert.Equal(app.Clock.GetUtcNow().AddSeconds(seconds), (await app.StoredAsync("code", "acme")).Token?.ExpiresAt);
    }

    [Fact]
    public async Task Fields_of_each_kind_are_split_into_secret_and_public()
    {
        await using var app = await AdminApp.StartAsync();
        Assert.Equal(201, (await app.PutAsync("/connections/keys/shop", new { fields = new { apiKey = "k-1" } })).Status);
        Assert.Equal(201, (await app.PutAsync("/connections/machine/default", new { fields = new { } })).Status);
        Assert.Equal(
            201, (await app.PutAsync("/connections/hosted/fund", new { refreshToken = "rt", fields = new { client = "north" } })).Status);

        Assert.Equal("k-1", (await app.StoredAsync("keys", "shop")).Grant.Fields["apiKey"].Reveal());
        Assert.Equal("north", (await app.StoredAsync("hosted", "fund")).Fields["client"]);
        var machine = await app.StoredAsync("machine", "default");
        Assert.True(machine.Grant.RefreshToken.IsEmpty);
        Assert.Empty(machine.Grant.Fields);
    }

    [Theory]
    [InlineData("code", """{}""", "refreshToken: missing")]
    [InlineData("code", """{"refreshToken":""}""", "refreshToken: missing")]
    [InlineData("code", """{"refreshToken":null}""", "refreshToken: missing")]
    [InlineData("code", """{"accessToken":"CANARY-7f3a9"}""", "refreshToken: missing")]
    [InlineData("code", """{"refreshToken":"CANARY\n7f3a9"}""", "refreshToken: only visible")]
    [InlineData("code", """{"refreshToken":"CANARY\t7f3a9"}""", "refreshToken: only visible")]
    [InlineData("code", """{"refreshToken":"CANARY-7f3a9\u00e9"}""", "refreshToken: only visible")]
    [InlineData("code", """{"refreshToken":"r","accessToken":"CANARY-7f3a9\u0000"}""", "accessToken: only visible")]
    [InlineData("code", """{"refreshToken":"r","scope":"CANARY-7f3a9\u0007"}""", "scope:")]
    [InlineData("code", """{"refreshToken":"r","fields":{"CANARY-7f3a9":"x"}}""", "no field of this provider")]
    [InlineData("keys", """{}""", "fields: missing")]
    [InlineData("keys", """{"fields":{}}""", "fields.apiKey: missing")]
    [InlineData("keys", """{"fields":{"apiKey":null}}""", "fields.apiKey: missing")]
    [InlineData("keys", """{"fields":{"apiKey":"CANARY-7f3a9\r\nX: y"}}""", "fields.apiKey: only visible")]
    [InlineData("keys", """{"fields":{"apiKey":"k","secretKey":"CANARY-7f3a9"}}""", "its fields are: apiKey")]
    [InlineData("keys", """{"refreshToken":"CANARY-7f3a9","fields":{"apiKey":"k"}}""", "fields only")]
    [InlineData("machine", """{}""", "fields: missing")]
    [InlineData("machine", """{"fields":{"x":"CANARY-7f3a9"}}""", "its fields are: none")]
    [InlineData("hosted", """{"refreshToken":"r"}""", "fields.client: missing")]
    [InlineData("hosted", """{"refreshToken":"r","fields":{"client":"CANARY-7f3a9.evil.test"}}""", "fields.client: does not match")]
    public async Task A_body_that_does_not_fit_the_provider_is_refused_without_showing_its_values(
        string provider, string body, string complaint)
    {
        await using var app = await AdminApp.StartAsync();
        var (status, problem) = await app.PutAsync($"/connections/{provider}/acme", body);
        Assert.Equal(400, status);
        Assert.Equal("bad_request", problem!["code"]!.GetValue<string>());
        Assert.Contains(complaint, problem["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.DoesNotContain(Canary, problem.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Canary, app.Logs.Text, StringComparison.Ordinal);
        Assert.Null(await app.Store.ReadAsync(new(provider, "acme"), CancellationToken.None));
    }

    [Theory]
    [InlineData("")]
    [InlineData("CANARY-7f3a9")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"CANARY-7f3a9\"")]
    [InlineData("""{"refreshToken":"CANARY-7f3a9" """)]
    [InlineData("""{"refreshToken":"r"} CANARY-7f3a9""")]
    [InlineData("""{"refreshToken":12345}""")]
    [InlineData("""{"refreshToken":"r","refreshToken":"CANARY-7f3a9"}""")]
    [InlineData("""{"refreshToken":"r","refresh_token":"CANARY-7f3a9"}""")]
    [InlineData("""{"refreshToken":"r","expiresIn":"CANARY-7f3a9"}""")]
    [InlineData("""{"refreshToken":"r","expiresIn":true}""")]
    [InlineData("""{"refreshToken":"r","scope":7}""")]
    [InlineData("""{"refreshToken":"r","scope":["a",{"CANARY-7f3a9":1}]}""")]
    [InlineData("""{"refreshToken":"r","fields":["CANARY-7f3a9"]}""")]
    [InlineData("""{"refreshToken":"r","fields":{"a":{"CANARY-7f3a9":1}}}""")]
    public async Task A_body_that_is_not_the_JSON_of_the_contract_is_refused_without_showing_its_values(string body)
    {
        await using var app = await AdminApp.StartAsync();
        var (status, problem) = await app.PutAsync("/connections/code/acme", body);
        Assert.Equal(400, status);
        Assert.Contains("one JSON object", problem!["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.DoesNotContain(Canary, problem.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Canary, app.Logs.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_over_64_KiB_is_refused()
    {
        await using var app = await AdminApp.StartAsync();
        const string Frame = """{"refreshToken":""}""";
        var token = new string('t', (64 * 1024) - Frame.Length);
        Assert.Equal(201, (await app.PutAsync("/connections/code/acme", Frame.Insert(Frame.Length - 2, token))).Status);

        var (status, problem) = await app.PutAsync("/connections/code/acme", Frame.Insert(Frame.Length - 2, token + "t"));
        Assert.Equal((413, "body_too_large"), (status, problem!["code"]!.GetValue<string>()));

        using var chunked = new HttpRequestMessage(HttpMethod.Put, "/connections/code/acme")
        {
            Content = new StringContent(Frame.Insert(Frame.Length - 2, token + "t")),
        };
        chunked.Headers.TransferEncodingChunked = true;
        using var response = await app.Client.SendAsync(chunked, TestContext.Current.CancellationToken);
        Assert.Equal(413, (int)response.StatusCode);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/json")]
    public async Task The_body_is_read_as_JSON_with_any_content_type(string? type)
    {
        await using var app = await AdminApp.StartAsync();
        using var content = new StringContent("""{"refreshToken":"r"}""");
        content.Headers.ContentType = type is null ? null : new(type);
        using var response =
            await app.Client.PutAsync(new Uri("/connections/code/acme", UriKind.Relative), content, TestContext.Current.CancellationToken);
        Assert.Equal(201, (int)response.StatusCode);
    }

    [Fact]
    public async Task Replacing_raises_the_generation_and_forgets_past_failures()
    {
        await using var app = await AdminApp.StartAsync();
        var id = new ConnectionId("code", "acme");
        var now = app.Clock.GetUtcNow();
        await app.Store.TryWriteAsync(
            new Connection
            {
                Id = id,
                Generation = 4,
                Fence = 9,
                Grant = Grant.None with { RefreshToken = new Secret("old") },
                DeadSince = now,
                RejectedGeneration = 4,
                RefreshedAt = now,
                LastFailure = new(RefreshOutcome.Permanent, "invalid_grant", now, 3, now),
            },
            0,
            CancellationToken.None);

        Assert.Equal(204, (await app.PutAsync("/connections/CODE/acme", new { refreshToken = "new" })).Status);

        var stored = await app.StoredAsync("code", "acme");
        Assert.Equal((5, 9, "new"), (stored.Generation, stored.Fence, stored.Grant.RefreshToken.Reveal()));
        Assert.Equal((null, null, 0), (stored.DeadSince, stored.LastFailure, stored.RejectedGeneration));
        Assert.Equal(ConnectionStatus.Ready, stored.StatusAt(now));
    }

    [Fact]
    public async Task Concurrent_writers_all_succeed_and_each_raises_the_generation()
    {
        await using var app = await AdminApp.StartAsync();
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(i => app.PutAsync("/connections/code/acme", new { refreshToken = $"rt-{i}" })));
        Assert.Single(answers, static answer => answer.Status == 201);
        Assert.Equal(7, answers.Count(static answer => answer.Status == 204));
        Assert.Equal(8, (await app.StoredAsync("code", "acme")).Generation);
    }

    [Fact]
    public async Task A_removed_connection_comes_back_with_a_higher_generation()
    {
        await using var app = await AdminApp.StartAsync();
        await app.PutAsync("/connections/code/acme", new { refreshToken = "one" });
        Assert.Equal(204, (await app.SendAsync(HttpMethod.Delete, "/connections/code/acme")).Status);
        Assert.Equal(404, (await app.SendAsync(HttpMethod.Delete, "/connections/code/acme")).Status);
        Assert.Equal(201, (await app.PutAsync("/connections/code/acme", new { refreshToken = "two" })).Status);
        Assert.Equal(2, (await app.StoredAsync("code", "acme")).Generation);
    }

    [Fact]
    public async Task Every_change_leaves_an_audit_line_without_a_secret()
    {
        await using var app = await AdminApp.StartAsync();
        await app.PutAsync("/connections/code/acme", new { refreshToken = Canary, accessToken = Canary + "-at" });
        await app.PutAsync("/connections/code/acme", new { refreshToken = Canary });
        await app.SendAsync(HttpMethod.Delete, "/connections/code/acme");

        var lines = app.Logs.Entries.Where(static line => line.Category == "Gateway.Audit").ToList();
        Assert.Equal([3000, 3001, 3002], lines.Select(static line => line.EventId));
        var fingerprint = new AdminKey(new Secret(AdminApp.Key)).Fingerprint;
        Assert.All(lines, line =>
        {
            Assert.Contains("code/acme", line.Message, StringComparison.Ordinal);
            Assert.Contains(fingerprint, line.Message, StringComparison.Ordinal);
            Assert.Contains("127.0.0.1", line.Message, StringComparison.Ordinal);
        });
        Assert.DoesNotContain(Canary, app.Logs.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(AdminApp.Key, app.Logs.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_answer_of_the_API_contains_a_secret()
    {
        await using var app = await AdminApp.StartAsync();
        await app.PutAsync("/connections/code/acme", new { refreshToken = Canary, accessToken = Canary });
        await app.PutAsync("/connections/keys/shop", new { fields = new { apiKey = Canary } });
        foreach (var path in new[] { "/providers", "/routes", "/connections", "/connections/code/acme", "/connections/keys/shop",
                "/openapi/v1.json" })
        {
            var (status, body) = await app.GetAsync(path);
            var text = body?.ToJsonString(
                new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
            Assert.Equal(200, status);
            Assert.DoesNotContain(Canary, text, StringComparison.Ordinal);
            Assert.DoesNotContain("client-secret-that-nobody-sees", text, StringComparison.Ordinal);
            Assert.DoesNotContain("application-half-of-the-pair", text, StringComparison.Ordinal);
            Assert.DoesNotContain(AdminApp.Key, text, StringComparison.Ordinal);
        }
    }
}
