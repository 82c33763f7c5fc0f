using System.Net;

using Gateway.Demo.Providers;

using Microsoft.AspNetCore.WebUtilities;

namespace Gateway.Tests.Demo;

public sealed class SimulatedBipsyncTests : IAsyncLifetime, IDisposable
{
    private const string Callback = "http://127.0.0.1:9/callback/bipsync";
    private const string Verifier = "sim-verifier-sim-verifier-sim-verifier-sim-verifier";

    private readonly HttpClient _http = SimulatedClient.Create();
    private SimulatedBipsync _bipsync = null!;

    public async ValueTask InitializeAsync()
    {
        _bipsync = await SimulatedBipsync.StartAsync();
        _bipsync.Client.AddRedirectUri(Callback);
        _bipsync.Authorization.Settings.AutoApproveAs = "somebody";
    }

    public ValueTask DisposeAsync() => _bipsync.DisposeAsync();

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Refresh_revokes_the_old_access_token_and_the_old_refresh_token()
    {
        var old = _bipsync.Connect("acme");
        var other = _bipsync.Connect("beta");

        var renewed = await RefreshAsync("acme", old.RefreshToken!);

        Assert.Equal(200, renewed.Status);
        Assert.False(_bipsync.Authorization.IsLive(old.AccessToken));
        Assert.True(_bipsync.Authorization.IsLive(renewed.AccessToken));
        Assert.True(_bipsync.Authorization.IsLive(other.AccessToken));
        Assert.Equal("invalid_grant", (await RefreshAsync("acme", old.RefreshToken!)).Error);
    }

    [Fact]
    public async Task Token_endpoint_takes_json_as_well_as_a_form()
    {
        var json = $$"""
            {"grant_type":"refresh_token","refresh_token":"{{_bipsync.Connect("acme").RefreshToken}}",
             "client_id":"{{_bipsync.Client.Id}}","client_secret":"{{_bipsync.Client.Secret}}"}
            """;

        using var answer = await _http.PostAsync(_bipsync.TokenEndpoint("acme"), SimulatedClient.Json(json), SimulatedClient.Deadline);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(["access_token", "token_type", "expires_in", "refresh_token"], (await answer.JsonAsync()).Select(field => field.Key));
    }

    [Fact]
    public async Task Secret_belongs_in_the_body()
    {
        var answer = await _http.TokenAsync(_bipsync.TokenEndpoint("acme"), _bipsync.Client,
            ("grant_type", "refresh_token"), ("refresh_token", _bipsync.Connect("acme").RefreshToken!));

        Assert.Equal((401, "invalid_client"), (answer.Status, answer.Error));
    }

    [Fact]
    public async Task Refresh_token_of_another_client_is_invalid_grant_and_stays_unspent()
    {
        var token = _bipsync.Connect("acme").RefreshToken!;

        Assert.Equal("invalid_grant", (await RefreshAsync("beta", token)).Error);
        Assert.Equal(200, (await RefreshAsync("acme", token)).Status);
    }

    [Fact]
    public async Task A_refresh_with_more_scope_is_400_and_with_less_is_granted()
    {
        var token = _bipsync.Connect("acme", "rest_api:read rest_api:fields:read").RefreshToken!;

        var more = await RefreshAsync("acme", token, ("scope", "rest_api:read rest_api:write"));
        var less = await RefreshAsync("acme", token, ("scope", "rest_api:fields:read"));

        Assert.Equal((400, "invalid_scope"), (more.Status, more.Error));
        using var field = await GetAsync("acme", "/v1/field", less.AccessToken);
        using var research = await GetAsync("acme", "/v1/research", less.AccessToken);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (field.StatusCode, research.StatusCode));
    }

    [Fact]
    public async Task PKCE_is_required_and_the_verifier_is_checked()
    {
        var without = await AuthorizeAsync("acme", challenge: null);
        var wrong = await RedeemAsync("acme", await CodeAsync("acme"), Verifier + "x");
        var tooShort = await RedeemAsync("acme", await CodeAsync("acme", "sim-short"), "sim-short");
        var none = await RedeemAsync("acme", await CodeAsync("acme"), verifier: null);
        var right = await RedeemAsync("acme", await CodeAsync("acme"), Verifier);

        Assert.Equal("invalid_request", without["error"]);
        Assert.All([wrong, tooShort, none], answer => Assert.Equal("invalid_grant", answer.Error));
        using var list = await GetAsync("acme", "/v1/contenttype", right.AccessToken);
        Assert.Equal(HttpStatusCode.OK, list.StatusCode);
    }

    [Fact]
    public async Task Code_belongs_to_the_client_of_the_web_host()
    {
        var answer = await RedeemAsync("beta", await CodeAsync("acme"), Verifier);

        Assert.Equal("invalid_grant", answer.Error);
    }

    [Fact]
    public async Task Token_works_on_its_own_client_host_only()
    {
        var token = _bipsync.Connect("acme").AccessToken;

        using var own = await GetAsync("acme", "/v1/research", token);
        using var other = await GetAsync("beta", "/v1/research", token);
        using var noHost = await _http.GetAsync(_bipsync.Api.Address, "/v1/research", token);

        Assert.Equal([200, 401, 404], new[] { own, other, noHost }.Select(answer => (int)answer.StatusCode));
        var json = await own.JsonAsync();
        Assert.Equal(["total", "offset", "limit", "results"], json.Select(field => field.Key));
        Assert.Equal(10, (int)json["limit"]!);
    }

    [Fact]
    public async Task Missing_scope_is_401_and_a_refused_address_403()
    {
        var token = _bipsync.Connect("acme", "rest_api:fields:read").AccessToken;

        using var scope = await GetAsync("acme", "/v1/research", token);
        _bipsync.RefusesCallerAddress = true;
        using var address = await GetAsync("acme", "/v1/field", token);

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden), (scope.StatusCode, address.StatusCode));
    }

    [Fact]
    public async Task A_legacy_token_is_accepted_in_its_own_header_only_and_not_by_GraphQL()
    {
        var token = _bipsync.IssueApiToken("acme");
        var (list, graph) = (new Uri(_bipsync.ApiAddress("acme"), "/v1/contenttype"), new Uri(_bipsync.ApiAddress("acme"), "/v1/graphql"));

        using var taken = await _http.CallAsync(HttpMethod.Get, list, null, null, ("Token", token));
        using var asBearer = await _http.CallAsync(HttpMethod.Get, list, token);
        using var both = await _http.CallAsync(HttpMethod.Get, list, _bipsync.Connect("acme").AccessToken, null, ("Token", token));
        using var graphQl =
            await _http.CallAsync(HttpMethod.Post, graph, null, SimulatedClient.Json("""{"query":"{__typename}"}"""), ("Token", token));

        Assert.Equal([200, 401, 401, 401], new[] { taken, asBearer, both, graphQl }.Select(answer => (int)answer.StatusCode));
    }

    [Fact]
    public async Task Graphql_checks_the_scope_of_what_is_asked()
    {
        var graph = new Uri(_bipsync.ApiAddress("acme"), "/v1/graphql");
        var token = _bipsync.Connect("acme", "research:read").AccessToken;

        using var typename = await _http.CallAsync(HttpMethod.Post, graph, token, SimulatedClient.Json("""{"query":"{__typename}"}"""));
        using var allowed = await _http.CallAsync(HttpMethod.Post, graph, token, SimulatedClient.Json("""{"query":"{research{id}}"}"""));
        using var refused = await _http.CallAsync(HttpMethod.Post, graph, token, SimulatedClient.Json("""{"query":"{contacts{id}}"}"""));

        Assert.Equal([200, 200, 401], new[] { typename, allowed, refused }.Select(answer => (int)answer.StatusCode));
    }

    [Fact]
    public async Task An_accept_that_cannot_be_met_is_406()
    {
        using var answer = await _http.CallAsync(HttpMethod.Get, new Uri(_bipsync.ApiAddress("acme"), "/v1/field"),
            _bipsync.Connect("acme").AccessToken, null, ("Accept", "text/csv"));

        Assert.Equal(HttpStatusCode.NotAcceptable, answer.StatusCode);
    }

    private Task<HttpResponseMessage> GetAsync(string client, string path, string token) =>
        _http.GetAsync(_bipsync.ApiAddress(client), path, token);

    private Task<TokenAnswer> RefreshAsync(string client, string token, params (string Name, string Value)[] more) => TokenAsync(client,
        [("grant_type", "refresh_token"), ("refresh_token", token), .. more]);

    private Task<TokenAnswer> RedeemAsync(string client, string code, string? verifier) => TokenAsync(client,
    [
        ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", Callback),
        .. verifier is null ? Array.Empty<(string, string)>() : [("code_verifier", verifier)],
    ]);

    private Task<TokenAnswer> TokenAsync(string client, (string Name, string Value)[] fields) =>
        _http.TokenAsync(_bipsync.TokenEndpoint(client), null,
        [.. fields, ("client_id", _bipsync.Client.Id), ("client_secret", _bipsync.Client.Secret)]);

    private async Task<string> CodeAsync(string client, string verifier = Verifier) =>
        (await AuthorizeAsync(client, Pkce.Challenge(verifier)))["code"];

    private async Task<Dictionary<string, string>> AuthorizeAsync(string client, string? challenge)
    {
        var query = new Dictionary<string, string?>
        {
            ["response_type"] = "code",
            ["client_id"] = _bipsync.Client.Id,
            ["redirect_uri"] = Callback,
            ["scope"] = "rest_api:read",
            ["state"] = "s",
            ["code_challenge"] = challenge,
            ["code_challenge_method"] = challenge is null ? null : "S256",
        };
        using var answer = await _http.GetAsync(
            QueryHelpers.AddQueryString(_bipsync.AuthorizationEndpoint(client).AbsoluteUri, query), SimulatedClient.Deadline);
        return QueryHelpers.ParseQuery(answer.Headers.Location!.Query).ToDictionary(pair => pair.Key, pair => pair.Value.ToString());
    }
}
