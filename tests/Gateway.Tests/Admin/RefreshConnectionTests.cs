using WireMock.RequestBuilders;
using WireMock.ResponseBuilders;
using WireMock.Server;

namespace Gateway.Tests.Admin;

public sealed class RefreshConnectionTests : IDisposable
{
    private const string Canary = "CANARY-of-the-token-endpoint";

    private readonly WireMockServer _provider = WireMockServer.Start();

    [Fact]
    public async Task A_refresh_returns_the_refreshed_connection_and_leaves_an_audit_line()
    {
        Answer(200, $$"""{"access_token":"{{Canary}}","refresh_token":"{{Canary}}-rt","expires_in":600,"token_type":"Bearer"}""");
        await using var app = await AppAsync();

        var (status, body) = await app.SendAsync(HttpMethod.Post, "/connections/code/acme/refresh");

        Assert.Equal(200, status);
        Assert.Equal(("ready", 2), (body!["status"]!.GetValue<string>(), body["generation"]!.GetValue<int>()));
        Assert.Equal(app.Clock.GetUtcNow(), body["refreshedAt"]!.GetValue<DateTimeOffset>());
        Assert.Equal(Canary + "-rt", (await app.StoredAsync("code", "acme")).Grant.RefreshToken.Reveal());
        Assert.Contains(
            app.Logs.Entries, static line =>
                line.EventId == 3003 && line.Message.Contains("code/acme ended as success", StringComparison.Ordinal));
        Assert.DoesNotContain(Canary, body.ToJsonString() + app.Logs.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400, """{"error":"invalid_grant","error_description":"CANARY-of-the-token-endpoint"}""", 424, "reauthorization_required")]
    [InlineData(401, """{"error":"invalid_client","error_description":"CANARY-of-the-token-endpoint"}""", 502, "provider_misconfigured")]
    [InlineData(503, "CANARY-of-the-token-endpoint", 503, "credential_unavailable")]
    [InlineData(200, "CANARY-of-the-token-endpoint", 503, "credential_unavailable")]
    public async Task A_failed_refresh_has_the_status_and_code_of_the_contract(int answer, string text, int status, string code)
    {
        Answer(answer, text);
        await using var app = await AppAsync();

        using var response = await app.RespondAsync(HttpMethod.Post, "/connections/code/acme/refresh");
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Equal((status, code), ((int)response.StatusCode, Assert.Single(response.Headers.GetValues("Gateway-Error"))));
        Assert.Equal(status == 503, response.Headers.RetryAfter is not null);
        Assert.DoesNotContain(Canary, body + app.Logs.Text, StringComparison.Ordinal);
        Assert.NotNull((await app.GetAsync("/connections/code/acme")).Body!["lastError"]);
        Assert.Contains(app.Logs.Entries, line => line.EventId == 3003 && line.Message.Contains(code, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_connection_of_kind_Secret_cannot_be_refreshed()
    {
        await using var app = await AdminApp.StartAsync();
        var (status, body) = await app.SendAsync(HttpMethod.Post, "/connections/keys/shop/refresh");
        Assert.Equal((422, "not_renewable"), (status, body!["code"]!.GetValue<string>()));
    }

    [Fact]
    public async Task An_unknown_connection_cannot_be_refreshed()
    {
        await using var app = await AdminApp.StartAsync();
        var (status, body) = await app.SendAsync(HttpMethod.Post, "/connections/code/nobody/refresh");
        Assert.Equal((404, "connection_not_found"), (status, body!["code"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_store_outage_is_a_503()
    {
        await using var app = await AppAsync();
        app.Store.Away = true;
        var (status, body) = await app.SendAsync(HttpMethod.Post, "/connections/code/acme/refresh");
        Assert.Equal((503, "credential_unavailable"), (status, body!["code"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_connection_whose_encryption_key_is_missing_is_503_with_that_reason()
    {
        await using var app = await AppAsync();
        app.Store.Unreadable = true;
        var (status, body) = await app.SendAsync(HttpMethod.Post, "/connections/code/acme/refresh");
        Assert.Equal((503, "credential_unavailable"), (status, body!["code"]!.GetValue<string>()));
        Assert.Contains("encryption keys", body["detail"]!.GetValue<string>(), StringComparison.Ordinal);

        (status, body) = await app.SendAsync(HttpMethod.Get, "/connections/code/acme");
        Assert.Equal((503, "credential_unavailable"), (status, body!["code"]!.GetValue<string>()));
        Assert.Contains("Store:EncryptionKeys", body["detail"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    public void Dispose() => _provider.Dispose();

    private void Answer(int status, string body) => _provider.Given(Request.Create().WithPath("/token").UsingPost())
        .RespondWith(Response.Create().WithStatusCode(status).WithHeader("Content-Type", "application/json").WithBody(body));

    private async Task<AdminApp> AppAsync()
    {
        var app = await AdminApp.StartAsync(TestProviders.Code(_provider.Urls[0]));
        await app.PutAsync("/connections/code/acme", new { refreshToken = "rt-1" });
        return app;
    }
}
