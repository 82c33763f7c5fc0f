using System.Net;
using System.Text.Json.Nodes;

using Gateway.Demo.Providers;

namespace Gateway.Tests.Demo;

public sealed class ControlApiTests : IAsyncLifetime, IDisposable
{
    private readonly HttpClient _http = SimulatedClient.Create();
    private SimulatedBokio _bokio = null!;
    private SimulatedBookeo _bookeo = null!;
    private ControlApi _control = null!;

    public async ValueTask InitializeAsync()
    {
        _bokio = await SimulatedBokio.StartAsync();
        _bookeo = await SimulatedBookeo.StartAsync();
        _control = await ControlApi.StartAsync(0, _bokio, _bookeo);
    }

    public async ValueTask DisposeAsync()
    {
        await _control.DisposeAsync();
        await _bokio.DisposeAsync();
        await _bookeo.DisposeAsync();
    }

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Access_tokens_are_expired_with_one_call()
    {
        var (acme, beta) = (_bokio.Connect("acme"), _bokio.Connect("beta"));

        var one = await PostAsync("/_control/bokio/expire-access-tokens?account=acme");
        Assert.Equal((HttpStatusCode.NoContent, false, true),
            (one, _bokio.Authorization.IsLive(acme.AccessToken), _bokio.Authorization.IsLive(beta.AccessToken)));
        await PostAsync("/_control/bokio/expire-access-tokens");
        Assert.False(_bokio.Authorization.IsLive(beta.AccessToken));
    }

    [Fact]
    public async Task Grants_lifetimes_and_installations_can_be_changed()
    {
        var (tokens, key) = (_bokio.Connect("acme"), _bookeo.Install("acme").ApiKey);

        await PostAsync("/_control/bokio/set-access-token-lifetime?seconds=5");
        await PostAsync("/_control/bokio/revoke-grants");
        await PostAsync("/_control/bookeo/uninstall?account=acme");

        Assert.Equal(TimeSpan.FromSeconds(5), _bokio.Authorization.Settings.AccessTokenLifetime);
        Assert.False(_bokio.Authorization.IsLive(tokens.AccessToken));
        Assert.Null(_bookeo.Find(key));
    }

    [Fact]
    public async Task Requests_are_listed_and_faults_can_be_switched()
    {
        await PostAsync("/_control/bokio/api/faults?path=/v1/connections&status=503&times=1");
        using var faulted = await _http.GetAsync(_bokio.Api.Address, "/v1/connections", "sim-token");
        using var usual = await _http.GetAsync(_bokio.Api.Address, "/v1/connections", "sim-token");
        using var seen = await _http.GetAsync(_control.Address, "/_control/bokio/api/requests?last=1", bearer: null);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.Unauthorized), (faulted.StatusCode, usual.StatusCode));
        var requests = JsonNode.Parse(await seen.Content.ReadAsStringAsync(SimulatedClient.Deadline))!.AsArray();
        Assert.Equal("/v1/connections", (string?)requests.Single()!["target"]);
        Assert.Contains("Authorization: Bearer sim-token", requests[0]!["headers"]!.AsArray().Select(header => (string?)header));
    }

    [Theory]
    [InlineData("status=429&retry-after=7", 429)]
    [InlineData("kind=html", 200)]
    [InlineData("kind=error&error=invalid_client&status=401", 401)]
    [InlineData("kind=error", 400)]
    [InlineData("kind=huge&bytes=300000", 200)]
    [InlineData("kind=truncate&bytes=3", 401)]
    [InlineData("kind=without&field=expires_in", 401)]
    public async Task Faults_of_every_kind_can_be_switched_on(string fault, int status)
    {
        Assert.Equal(HttpStatusCode.NoContent, await PostAsync($"/_control/bokio/api/faults?path=/v1&{fault}"));

        using var answer = await _http.GetAsync(_bokio.Api.Address, "/v1/connections", "sim-token");

        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Fact]
    public async Task Rules_and_clocks_can_be_changed()
    {
        var secret = _bokio.Client.Secret;
        await PostAsync("/_control/bokio/set-reuse-grace?seconds=30");
        await PostAsync("/_control/bokio/revoke-family-on-reuse");
        await PostAsync("/_control/bokio/change-client-secrets");
        await PostAsync("/_control/bokio/api/clock?offset=-300");

        var settings = _bokio.Authorization.Settings;
        Assert.Equal(
            (TimeSpan.FromSeconds(30), true, TimeSpan.FromMinutes(-5)),
            (settings.ReuseGrace, settings.RevokeFamilyOnReuse, _bokio.Api.ClockOffset));
        Assert.NotEqual(secret, _bokio.Client.Secret);
    }

    [Fact]
    public async Task Unknown_names_are_404_and_providers_do_not_serve_it()
    {
        Assert.Equal(HttpStatusCode.NotFound, await PostAsync("/_control/nobody/expire-access-tokens"));
        Assert.Equal(HttpStatusCode.NotFound, await PostAsync("/_control/bokio/nothing"));
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync("/_control/bokio/api/faults?kind=nothing"));
        using var provider = await _http.CallAsync(
            HttpMethod.Post, new Uri(_bokio.Api.Address, "/_control/bokio/expire-access-tokens"), _bokio.Connect("acme").AccessToken);
        Assert.Equal(HttpStatusCode.NotFound, provider.StatusCode);
    }

    [Fact]
    public async Task Overview_names_hosts_operations_and_counters()
    {
        using var overview = await _http.GetAsync(_control.Address, "/_control", bearer: null);
        using var bokio = await _http.GetAsync(_control.Address, "/_control/bokio", bearer: null);

        Assert.Equal(_bookeo.SignIn.Address.AbsoluteUri, (string?)(await overview.JsonAsync())["bookeo"]!["hosts"]!["signin"]);
        Assert.Equal(0, (int)(await bokio.JsonAsync())["tokenEndpoint"]!["calls"]!);
    }

    private async Task<HttpStatusCode> PostAsync(string path)
    {
        using var answer = await _http.CallAsync(HttpMethod.Post, new Uri(_control.Address, path), bearer: null);
        return answer.StatusCode;
    }
}
