using System.Net;

using Gateway.Demo.Providers;

namespace Gateway.Tests.Demo;

public sealed class SimulatedBokioApiTests : BokioTests
{
    [Fact]
    public async Task Expired_and_revoked_tokens_get_401_without_a_body()
    {
        var old = Bokio.Connect("acme").AccessToken;
        Time.Advance(TimeSpan.FromHours(1));
        var expired = Bokio.Connect("acme").AccessToken;
        Bokio.Authorization.ExpireAccessTokens("acme");
        var revoked = Bokio.Connect("acme").AccessToken;
        Bokio.Authorization.RevokeAccessToken(revoked);
        var live = Bokio.Connect("acme").AccessToken;

        foreach (var token in new[] { old, expired, revoked, null })
        {
            using var refused = await CompanyAsync("company-information", token);
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
            Assert.Empty(await refused.Content.ReadAsByteArrayAsync(SimulatedClient.Deadline));
        }

        using var taken = await CompanyAsync("company-information", live);
        Assert.Equal("acme", (string?)(await taken.JsonAsync())["name"]);
    }

    [Fact]
    public async Task Token_of_another_company_and_missing_scope_get_403_without_a_body()
    {
        var company = Bokio.Company("acme");
        using var other = await CompanyAsync("invoices", Bokio.Connect("beta").AccessToken);
        using var scope = await CompanyAsync("invoices", Bokio.Connect("acme", "journal-entries:read").AccessToken);

        Assert.Equal(
            (HttpStatusCode.Forbidden, 0), (other.StatusCode, (await other.Content.ReadAsByteArrayAsync(SimulatedClient.Deadline)).Length));
        Assert.Equal(
            (HttpStatusCode.Forbidden, 0), (scope.StatusCode, (await scope.Content.ReadAsByteArrayAsync(SimulatedClient.Deadline)).Length));
        Assert.Equal(BokioPlan.Business, company.Plan);
    }

    [Fact]
    public async Task Price_plan_gets_403_with_its_own_body()
    {
        Bokio.Company("acme").Plan = BokioPlan.Premium;

        using var refused = await CompanyAsync("invoices", Bokio.Connect("acme").AccessToken);
        using var integration = await CompanyAsync("invoices", Bokio.IssueIntegrationToken("acme"));

        Assert.Equal("price_plan_feature_required", (string?)(await refused.JsonAsync())["error"]);
        Assert.Equal(HttpStatusCode.OK, integration.StatusCode);
    }

    [Fact]
    public async Task The_201st_request_of_a_token_in_a_minute_gets_429()
    {
        var (token, other) = (Bokio.Connect("acme").AccessToken, Bokio.Connect("acme").AccessToken);
        for (var sent = 0; sent < 200; sent++)
        {
            using var ok = await CompanyAsync("company-information", token);
            Assert.Equal(HttpStatusCode.OK, ok.StatusCode);
        }

        using var refused = await CompanyAsync("company-information", token);
        using var separate = await CompanyAsync("company-information", other);
        Time.Advance(TimeSpan.FromSeconds(60));
        using var later = await CompanyAsync("company-information", token);

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal(
            ["200", "0", "60"], new[] { "Limit", "Remaining", "RetryAfter" }
                .Select(name => refused.Headers.GetValues("Bokio-RateLimit-" + name).Single()));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (separate.StatusCode, later.StatusCode));
    }

    [Fact]
    public async Task Records_are_created_listed_and_missing_ones_have_the_error_shape()
    {
        var token = Bokio.Connect("acme").AccessToken;

        using var created =
            await Http.CallAsync(HttpMethod.Post, CompanyUrl("invoices"), token, SimulatedClient.Json("""{"currency":"SEK"}"""));
        using var listed = await CompanyAsync("invoices?page=1&pageSize=10", token);
        using var missing = await CompanyAsync("invoices/none", token);

        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        Assert.Equal(1, (int)(await listed.JsonAsync())["totalItems"]!);
        var error = await missing.JsonAsync();
        Assert.Equal(["code", "message", "bokioErrorId", "errors"], error.Select(field => field.Key));
        Assert.Equal("not-found", (string?)error["code"]);
    }

    [Fact]
    public async Task Upload_comes_back_byte_for_byte()
    {
        var token = Bokio.Connect("acme").AccessToken;
        var bytes = Enumerable.Range(0, 5000).Select(n => (byte)n).ToArray();
        using var form = new MultipartFormDataContent { { new ByteArrayContent(bytes), "file", "receipt.bin" } };

        using var uploaded = await Http.CallAsync(HttpMethod.Post, CompanyUrl("uploads"), token, form);
        using var downloaded = await CompanyAsync($"uploads/{(string?)(await uploaded.JsonAsync())["id"]}/download", token);

        Assert.Equal("application/octet-stream", downloaded.Content.Headers.ContentType?.MediaType);
        Assert.Equal(bytes, await downloaded.Content.ReadAsByteArrayAsync(SimulatedClient.Deadline));
    }

    [Fact]
    public async Task Deleting_the_connection_with_a_general_token_ends_the_grant()
    {
        var tokens = Bokio.Connect("acme");
        var general = (await TokenAsync(Bokio.Client, ("grant_type", "client_credentials"))).AccessToken;

        using var listed = await Http.GetAsync(Bokio.Api.Address, $"/v1/connections?tenantId={Bokio.Company("acme").Id}", general);
        using var byCompany = await Http.GetAsync(Bokio.Api.Address, "/v1/connections", tokens.AccessToken);
        using var deleted =
            await Http.CallAsync(HttpMethod.Delete, new Uri(Bokio.Api.Address, $"/v1/connections/{tokens.Grant.Id}"), general);
        var refresh = await RefreshAsync(tokens.RefreshToken!);
        using var access = await CompanyAsync("company-information", tokens.AccessToken);

        Assert.Equal(tokens.Grant.Id.ToString(), (string?)(await listed.JsonAsync())["items"]![0]!["id"]);
        Assert.Equal(HttpStatusCode.Forbidden, byCompany.StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        Assert.Equal("invalid_grant", refresh.Error);
        Assert.Equal(HttpStatusCode.Unauthorized, access.StatusCode);
    }

    [Fact]
    public async Task Second_write_to_the_same_path_at_the_same_time_gets_429()
    {
        var token = Bokio.Connect("acme").AccessToken;
        using var stalled = new StalledContent();
        var first = Http.CallAsync(HttpMethod.Post, CompanyUrl("echo-body/x"), token, stalled);
        await stalled.Started;
        await Bokio.Api.Requests.WaitForAsync(
            request => request.Path.EndsWith("echo-body/x", StringComparison.Ordinal), 1, SimulatedClient.Deadline);

        HttpStatusCode second;
        do
        {
            // The first request is in the log before it holds the path.
            using var answer = await Http.CallAsync(HttpMethod.Post, CompanyUrl("echo-body/x"), token, SimulatedClient.Json("{}"));
            second = answer.StatusCode;
        }
        while (second == HttpStatusCode.OK);

        stalled.Finish();
        using var finished = await first;
        Assert.Equal((HttpStatusCode.TooManyRequests, HttpStatusCode.OK), (second, finished.StatusCode));
    }

    [Fact]
    public async Task Discovery_documents_do_not_exist()
    {
        using var answer = await Http.GetAsync(Bokio.Api.Address, "/.well-known/openid-configuration", Bokio.Connect("acme").AccessToken);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }
}
