using System.Net;

using Gateway.Demo.Providers;

using Microsoft.AspNetCore.WebUtilities;

namespace Gateway.Tests.Demo;

public sealed class SimulatedBokioTests : IAsyncLifetime, IDisposable
{
    private const string Callback = "http://127.0.0.1:9/callback/bokio";

    private readonly HttpClient _http = SimulatedClient.Create();
    private readonly ManualTime _time = new();
    private SimulatedBokio _bokio = null!;

    public async ValueTask InitializeAsync()
    {
        _bokio = await SimulatedBokio.StartAsync(new SimulationOptions { Time = _time });
        _bokio.Client.AddRedirectUri(Callback);
    }

    public ValueTask DisposeAsync() => _bokio.DisposeAsync();

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Refresh_rotates_and_spends_the_old_refresh_token_at_once()
    {
        var first = _bokio.Connect("acme");

        var second = await RefreshAsync(first.RefreshToken!);
        var again = await RefreshAsync(first.RefreshToken!);

        Assert.Equal(200, second.Status);
        Assert.NotEqual(first.RefreshToken, second.RefreshToken);
        Assert.Equal("bearer", (string?)second.Json["token_type"]);
        Assert.Equal(3600, (int)second.Json["expires_in"]!);
        Assert.Equal((400, "invalid_grant"), (again.Status, again.Error));
        Assert.Equal(1, _bokio.Authorization.Counters.SpentRefreshTokenReuses);
        Assert.Equal(2, _bokio.Authorization.Counters.CallsOf("refresh_token"));
        Assert.Equal(2, _bokio.Authorization.Counters.PresentationsOf(first.RefreshToken!));
        Assert.True(_bokio.Authorization.IsLive(first.AccessToken), "Bokio does not revoke the older access token.");
    }

    [Fact]
    public async Task Token_answer_names_the_tenant_and_the_connection()
    {
        var tokens = _bokio.Connect("acme");

        var answer = await RefreshAsync(tokens.RefreshToken!);

        Assert.Equal("company", (string?)answer.Json["tenant_type"]);
        Assert.Equal(_bokio.Company("acme").Id.ToString(), (string?)answer.Json["tenant_id"]);
        Assert.Equal(tokens.Grant.Id.ToString(), (string?)answer.Json["connection_id"]);
    }

    [Fact]
    public async Task Client_credentials_in_the_body_are_refused()
    {
        var tokens = _bokio.Connect("acme");

        var answer = await TokenAsync(basic: null, ("grant_type", "refresh_token"), ("refresh_token", tokens.RefreshToken!),
            ("client_id", _bokio.Client.Id), ("client_secret", _bokio.Client.Secret));

        Assert.Equal((401, "invalid_client"), (answer.Status, answer.Error));
        Assert.NotNull((string?)answer.Json["error_description"]);
    }

    [Fact]
    public async Task A_changed_client_secret_is_invalid_client_and_spends_nothing()
    {
        var tokens = _bokio.Connect("acme");
        var stale = _bokio.Client with { };
        _bokio.Client.Secret = "sim-another-secret";

        var refused = await TokenAsync(stale, ("grant_type", "refresh_token"), ("refresh_token", tokens.RefreshToken!));
        var taken = await RefreshAsync(tokens.RefreshToken!);

        Assert.Equal((401, "invalid_client"), (refused.Status, refused.Error));
        Assert.Equal(200, taken.Status);
    }

    [Fact]
    public async Task Client_credentials_give_a_general_token_without_tenant_and_refresh_token()
    {
        var answer = await TokenAsync(_bokio.Client, ("grant_type", "client_credentials"));

        Assert.Equal("general", (string?)answer.Json["tenant_type"]);
        Assert.Null(answer.Json["tenant_id"]);
        Assert.Null(answer.Json["connection_id"]);
        Assert.False(answer.Json.ContainsKey("refresh_token"));
        using var refused = await CompanyAsync("invoices", answer.AccessToken);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    [Fact]
    public async Task Code_works_once_with_its_redirect_address_and_within_five_minutes()
    {
        _bokio.Authorization.Settings.AutoApproveAs = "acme";

        var wrongAddress = await RedeemAsync(await CodeAsync(), "http://127.0.0.1:9/other");
        var code = await CodeAsync();
        var taken = await RedeemAsync(code, Callback);
        var twice = await RedeemAsync(code, Callback);
        var late = await CodeAsync();
        _time.Advance(TimeSpan.FromMinutes(5));
        var tooLate = await RedeemAsync(late, Callback);

        Assert.Equal([400, 200, 400, 400], [wrongAddress.Status, taken.Status, twice.Status, tooLate.Status]);
        Assert.All([wrongAddress, twice, tooLate], answer => Assert.Equal("invalid_grant", answer.Error));
        Assert.NotNull(taken.RefreshToken);
    }

    [Fact]
    public async Task Authorize_demands_state_and_hands_it_back()
    {
        _bokio.Authorization.Settings.AutoApproveAs = "acme";

        var without = await CallbackAsync(AuthorizeUrl(state: null));
        var with = await CallbackAsync(AuthorizeUrl("a state&more"));

        Assert.Equal("invalid_request", without["error"]);
        Assert.Equal("a state&more", with["state"]);
        Assert.True(with.ContainsKey("code"));
    }

    [Fact]
    public async Task Authorize_page_asks_and_the_owner_may_deny()
    {
        using var page = await _http.GetAsync(AuthorizeUrl("s1"), SimulatedClient.Deadline);
        using var denied = await _http.PostAsync(AuthorizeUrl("s1"), Form(("decision", "deny")), SimulatedClient.Deadline);
        using var approved = await _http.PostAsync(AuthorizeUrl("s1"), Form(("decision", "approve"), ("account", "beta")), SimulatedClient.Deadline);

        Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
        Assert.Contains("error=access_denied", denied.Headers.Location!.Query, StringComparison.Ordinal);
        var answer = await RedeemAsync(QueryHelpers.ParseQuery(approved.Headers.Location!.Query)["code"]!, Callback);
        Assert.Equal(_bokio.Company("beta").Id.ToString(), (string?)answer.Json["tenant_id"]);
    }

    [Fact]
    public async Task Authorize_does_not_redirect_to_an_address_that_is_not_registered()
    {
        using var answer = await _http.GetAsync(
            new Uri(AuthorizeUrl("s").AbsoluteUri.Replace("callback", "elsewhere", StringComparison.Ordinal)), SimulatedClient.Deadline);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Null(answer.Headers.Location);
    }

    [Fact]
    public async Task Expired_and_revoked_tokens_get_401_without_a_body()
    {
        var old = _bokio.Connect("acme").AccessToken;
        _time.Advance(TimeSpan.FromHours(1));
        var expired = _bokio.Connect("acme").AccessToken;
        _bokio.Authorization.ExpireAccessTokens("acme");
        var revoked = _bokio.Connect("acme").AccessToken;
        _bokio.Authorization.RevokeAccessToken(revoked);
        var live = _bokio.Connect("acme").AccessToken;

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
        var company = _bokio.Company("acme");
        using var other = await CompanyAsync("invoices", _bokio.Connect("beta").AccessToken);
        using var scope = await CompanyAsync("invoices", _bokio.Connect("acme", "journal-entries:read").AccessToken);

        Assert.Equal((HttpStatusCode.Forbidden, 0), (other.StatusCode, (await other.Content.ReadAsByteArrayAsync(SimulatedClient.Deadline)).Length));
        Assert.Equal((HttpStatusCode.Forbidden, 0), (scope.StatusCode, (await scope.Content.ReadAsByteArrayAsync(SimulatedClient.Deadline)).Length));
        Assert.Equal(BokioPlan.Business, company.Plan);
    }

    [Fact]
    public async Task Price_plan_gets_403_with_its_own_body()
    {
        _bokio.Company("acme").Plan = BokioPlan.Premium;

        using var refused = await CompanyAsync("invoices", _bokio.Connect("acme").AccessToken);
        using var integration = await CompanyAsync("invoices", _bokio.IssueIntegrationToken("acme"));

        Assert.Equal("price_plan_feature_required", (string?)(await refused.JsonAsync())["error"]);
        Assert.Equal(HttpStatusCode.OK, integration.StatusCode);
    }

    [Fact]
    public async Task The_201st_request_of_a_token_in_a_minute_gets_429()
    {
        var (token, other) = (_bokio.Connect("acme").AccessToken, _bokio.Connect("acme").AccessToken);
        for (var sent = 0; sent < 200; sent++)
        {
            using var ok = await CompanyAsync("company-information", token);
            Assert.Equal(HttpStatusCode.OK, ok.StatusCode);
        }

        using var refused = await CompanyAsync("company-information", token);
        using var separate = await CompanyAsync("company-information", other);
        _time.Advance(TimeSpan.FromSeconds(60));
        using var later = await CompanyAsync("company-information", token);

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal(["200", "0", "60"], new[] { "Limit", "Remaining", "RetryAfter" }.Select(name => refused.Headers.GetValues("Bokio-RateLimit-" + name).Single()));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (separate.StatusCode, later.StatusCode));
    }

    [Fact]
    public async Task Records_are_created_listed_and_missing_ones_have_the_error_shape()
    {
        var token = _bokio.Connect("acme").AccessToken;

        using var created = await _http.CallAsync(HttpMethod.Post, CompanyUrl("invoices"), token, SimulatedClient.Json("""{"currency":"SEK"}"""));
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
        var token = _bokio.Connect("acme").AccessToken;
        var bytes = Enumerable.Range(0, 5000).Select(n => (byte)n).ToArray();
        using var form = new MultipartFormDataContent { { new ByteArrayContent(bytes), "file", "receipt.bin" } };

        using var uploaded = await _http.CallAsync(HttpMethod.Post, CompanyUrl("uploads"), token, form);
        using var downloaded = await CompanyAsync($"uploads/{(string?)(await uploaded.JsonAsync())["id"]}/download", token);

        Assert.Equal("application/octet-stream", downloaded.Content.Headers.ContentType?.MediaType);
        Assert.Equal(bytes, await downloaded.Content.ReadAsByteArrayAsync(SimulatedClient.Deadline));
    }

    [Fact]
    public async Task Deleting_the_connection_with_a_general_token_ends_the_grant()
    {
        var tokens = _bokio.Connect("acme");
        var general = (await TokenAsync(_bokio.Client, ("grant_type", "client_credentials"))).AccessToken;

        using var listed = await _http.GetAsync(_bokio.Api.Address, $"/v1/connections?tenantId={_bokio.Company("acme").Id}", general);
        using var byCompany = await _http.GetAsync(_bokio.Api.Address, "/v1/connections", tokens.AccessToken);
        using var deleted = await _http.CallAsync(HttpMethod.Delete, new Uri(_bokio.Api.Address, $"/v1/connections/{tokens.Grant.Id}"), general);
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
        var token = _bokio.Connect("acme").AccessToken;
        using var stalled = new StalledContent();
        var first = _http.CallAsync(HttpMethod.Post, CompanyUrl("echo-body/x"), token, stalled);
        await stalled.Started;
        await _bokio.Api.Requests.WaitForAsync(request => request.Path.EndsWith("echo-body/x", StringComparison.Ordinal), 1, SimulatedClient.Deadline);

        HttpStatusCode second;
        do
        {
            // The first request is in the log before it holds the path.
            using var answer = await _http.CallAsync(HttpMethod.Post, CompanyUrl("echo-body/x"), token, SimulatedClient.Json("{}"));
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
        using var answer = await _http.GetAsync(_bokio.Api.Address, "/.well-known/openid-configuration", _bokio.Connect("acme").AccessToken);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    private static FormUrlEncodedContent Form(params (string Name, string Value)[] fields) =>
        new(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));

    private Task<TokenAnswer> TokenAsync(RegisteredClient? basic, params (string Name, string Value)[] fields) =>
        _http.TokenAsync(_bokio.TokenEndpoint, basic, fields);

    private Task<TokenAnswer> RefreshAsync(string token) =>
        TokenAsync(_bokio.Client, ("grant_type", "refresh_token"), ("refresh_token", token));

    private Task<TokenAnswer> RedeemAsync(string code, string address) =>
        TokenAsync(_bokio.Client, ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", address));

    private async Task<string> CodeAsync() => (await CallbackAsync(AuthorizeUrl("s")))["code"];

    private async Task<Dictionary<string, string>> CallbackAsync(Uri address)
    {
        using var answer = await _http.GetAsync(address, SimulatedClient.Deadline);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        return QueryHelpers.ParseQuery(answer.Headers.Location!.Query).ToDictionary(pair => pair.Key, pair => pair.Value.ToString(), StringComparer.Ordinal);
    }

    private Uri AuthorizeUrl(string? state) => new(QueryHelpers.AddQueryString(_bokio.AuthorizationEndpoint.AbsoluteUri,
        new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["response_type"] = "code",
            ["client_id"] = _bokio.Client.Id,
            ["redirect_uri"] = Callback,
            ["scope"] = "invoices:read",
            ["bokio_tenanttype"] = "company",
            ["state"] = state,
        }));

    private Uri CompanyUrl(string rest) => new(_bokio.Api.Address, $"/v1/companies/{_bokio.Company("acme").Id}/{rest}");

    private Task<HttpResponseMessage> CompanyAsync(string rest, string? token) => _http.CallAsync(HttpMethod.Get, CompanyUrl(rest), token);
}
