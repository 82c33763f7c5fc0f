using System.Net;

using Gateway.Demo.Providers;

using Microsoft.AspNetCore.WebUtilities;

namespace Gateway.Tests.Demo;

public sealed class SimulatedBexioIdentityTests : IAsyncLifetime, IDisposable
{
    private const string Callback = "http://127.0.0.1:9/callback/bexio";

    private readonly HttpClient _http = SimulatedClient.Create();
    private SimulatedBexio _bexio = null!;

    public async ValueTask InitializeAsync()
    {
        _bexio = await SimulatedBexio.StartAsync();
        _bexio.Client.AddRedirectUri(Callback);
        _bexio.Authorization.Settings.AutoApproveAs = "acme";
    }

    public ValueTask DisposeAsync() => _bexio.DisposeAsync();

    public void Dispose() => _http.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Client_authenticates_with_basic_or_in_the_body(bool basic)
    {
        var answer = await RefreshAsync(_bexio.Connect("acme").RefreshToken!, basic);

        Assert.Equal(200, answer.Status);
        Assert.Equal("Bearer", (string?)answer.Json["token_type"]);
        Assert.Equal(0, (int)answer.Json["refresh_expires_in"]!);
        Assert.Contains("offline_access", (string?)answer.Json["scope"], StringComparison.Ordinal);
        Assert.Equal(3, answer.AccessToken.Split('.').Length);
    }

    [Fact]
    public async Task Both_ways_of_client_authentication_at_once_are_refused()
    {
        var answer = await _http.TokenAsync(_bexio.TokenEndpoint, _bexio.Client, ("grant_type", "refresh_token"), ("refresh_token", "x"),
            ("client_id", _bexio.Client.Id), ("client_secret", _bexio.Client.Secret));

        Assert.Equal((400, "invalid_request"), (answer.Status, answer.Error));
    }

    [Fact]
    public async Task Wrong_secret_is_401_from_the_token_endpoint()
    {
        var answer = await _http.TokenAsync(_bexio.TokenEndpoint, null, ("grant_type", "refresh_token"),
            ("refresh_token", _bexio.Connect("acme").RefreshToken!), ("client_id", _bexio.Client.Id), ("client_secret", "sim-wrong"));

        Assert.Equal((401, "invalid_client"), (answer.Status, answer.Error));
    }

    [Fact]
    public async Task Parameters_in_the_query_are_ignored()
    {
        var token = _bexio.Connect("acme").RefreshToken!;

        var answer =
            await _http.TokenAsync(new Uri($"{_bexio.TokenEndpoint}?grant_type=refresh_token&refresh_token={token}"), _bexio.Client);

        Assert.Equal(400, answer.Status);
        Assert.Equal(200, (await RefreshAsync(token)).Status);
    }

    [Fact]
    public async Task Refresh_rotates_and_the_old_refresh_token_is_invalid_grant()
    {
        var first = _bexio.Connect("acme");
        var second = await RefreshAsync(first.RefreshToken!);

        Assert.Equal((400, "invalid_grant"), await ErrorAsync(first.RefreshToken!));
        Assert.Equal(200, (await RefreshAsync(second.RefreshToken)).Status);
    }

    [Fact]
    public async Task Without_offline_access_there_is_no_refresh_token()
    {
        var without = await RedeemAsync("openid contact_show");
        var with = await RedeemAsync("openid contact_show offline_access");

        Assert.False(without.Json.ContainsKey("refresh_token"));
        Assert.True(without.Json.ContainsKey("id_token"));
        Assert.Equal("contact_show openid", (string?)without.Json["scope"]);
        Assert.NotNull(with.RefreshToken);
    }

    [Fact]
    public async Task The_callback_has_the_issuer_of_the_discovery_document()
    {
        var callback = await AuthorizeAsync("openid");
        foreach (var document in new[] { "openid-configuration", "oauth-authorization-server" })
        {
            using var answer = await _http.GetAsync(_bexio.Identity.Address, $"/realms/bexio/.well-known/{document}", bearer: null);
            var json = await answer.JsonAsync();
            Assert.Equal(callback["iss"], (string?)json["issuer"]);
            Assert.Equal(_bexio.TokenEndpoint.AbsoluteUri, (string?)json["token_endpoint"]);
        }
    }

    [Fact]
    public async Task The_realm_is_on_another_host_than_the_API()
    {
        using var answer = await _http.GetAsync(_bexio.Api.Address, "/realms/bexio/.well-known/openid-configuration", bearer: null);

        Assert.NotEqual(_bexio.Api.Address, _bexio.Identity.Address);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task Userinfo_needs_openid()
    {
        using var with = await _http.CallAsync(HttpMethod.Get, _bexio.UserInfoEndpoint, _bexio.Connect("acme").AccessToken);
        using var without =
            await _http.CallAsync(HttpMethod.Get, _bexio.UserInfoEndpoint, _bexio.Connect("acme", "contact_show").AccessToken);
        using var nobody = await _http.CallAsync(HttpMethod.Get, _bexio.UserInfoEndpoint, bearer: null);

        Assert.Equal("acme", (string?)(await with.JsonAsync())["company_name"]);
        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Unauthorized), (without.StatusCode, nobody.StatusCode));
    }

    [Fact]
    public async Task Revoking_the_refresh_token_ends_the_grant()
    {
        var tokens = _bexio.Connect("acme");

        using var form = new FormUrlEncodedContent([
            new("token", tokens.RefreshToken!), new("client_id", _bexio.Client.Id), new("client_secret", _bexio.Client.Secret)]);
        using var revoked = await _http.PostAsync(_bexio.RevocationEndpoint, form, SimulatedClient.Deadline);

        Assert.Equal(HttpStatusCode.OK, revoked.StatusCode);
        Assert.Equal((400, "invalid_grant"), await ErrorAsync(tokens.RefreshToken!));
        Assert.False(_bexio.Authorization.IsLive(tokens.AccessToken));
    }

    private async Task<(int Status, string? Error)> ErrorAsync(string refreshToken)
    {
        var answer = await RefreshAsync(refreshToken);
        return (answer.Status, answer.Error);
    }

    private Task<TokenAnswer> RefreshAsync(string token, bool basic = true) => basic
        ? _http.TokenAsync(_bexio.TokenEndpoint, _bexio.Client, ("grant_type", "refresh_token"), ("refresh_token", token))
        : _http.TokenAsync(_bexio.TokenEndpoint, null, ("grant_type", "refresh_token"), ("refresh_token", token),
            ("client_id", _bexio.Client.Id), ("client_secret", _bexio.Client.Secret));

    private async Task<TokenAnswer> RedeemAsync(string scope) => await _http.TokenAsync(_bexio.TokenEndpoint, _bexio.Client,
        ("grant_type", "authorization_code"), ("code", (await AuthorizeAsync(scope))["code"]), ("redirect_uri", Callback));

    private async Task<Dictionary<string, string>> AuthorizeAsync(string scope)
    {
        var query = new Dictionary<string, string?>
        {
            ["response_type"] = "code",
            ["client_id"] = _bexio.Client.Id,
            ["redirect_uri"] = Callback,
            ["scope"] = scope,
            ["state"] = "s",
        };
        using var answer =
            await _http.GetAsync(QueryHelpers.AddQueryString(_bexio.AuthorizationEndpoint.AbsoluteUri, query), SimulatedClient.Deadline);
        return QueryHelpers.ParseQuery(answer.Headers.Location!.Query).ToDictionary(pair => pair.Key, pair => pair.Value.ToString());
    }
}
