using System.Net;

using Gateway.Demo.Providers;

using Microsoft.AspNetCore.WebUtilities;

namespace Gateway.Tests.Demo;

public sealed class SimulatedBookeoTests : IAsyncLifetime, IDisposable
{
    private readonly HttpClient _http = SimulatedClient.Create();
    private readonly ManualClock _time = new();
    private SimulatedBookeo _bookeo = null!;

    public async ValueTask InitializeAsync() => _bookeo = await SimulatedBookeo.StartAsync(new SimulationOptions { Time = _time });

    public ValueTask DisposeAsync() => _bookeo.DisposeAsync();

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Key_pair_is_taken_from_headers_or_from_the_query()
    {
        var key = _bookeo.Install("acme", Scope.Of("bookings_rw_own")).ApiKey;

        using var headers = await GetAsync("/v2/settings/apikeyinfo", _bookeo.SecretKey, key);
        using var query = await GetAsync($"/v2/settings/apikeyinfo?secretKey={_bookeo.SecretKey}&apiKey={key}");

        var json = await headers.JsonAsync();
        Assert.Equal("sim-account-acme", (string?)json["accountId"]);
        Assert.Equal("bookings_rw_own", (string?)json["permissions"]![0]);
        Assert.Equal("2030-01-01T12:00:00+00:00", (string?)json["creationTime"]);
        Assert.Equal("en-US", headers.Content.Headers.ContentLanguage.Single());
        Assert.Equal("application/json", headers.Content.Headers.ContentType?.MediaType);
        Assert.Equal(HttpStatusCode.OK, query.StatusCode);
    }

    [Fact]
    public async Task A_second_value_of_either_key_is_refused()
    {
        var (path, secret, key) = ("/v2/settings/apikeyinfo", _bookeo.SecretKey, _bookeo.Install("acme").ApiKey);

        foreach (var polluted in new[] { $"?apiKey={key}", $"?secretKey={secret}", "?APIKEY=x", "?%61piKey=x" })
        {
            using var answer = await GetAsync(path + polluted, secret, key);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        }

        var twice = await SimulatedClient.RawStatusAsync(_bookeo.Api.Address,
            $"GET {path} HTTP/1.1\r\nHost: x\r\nX-Bookeo-secretKey: {secret}\r\nX-Bookeo-apiKey: {key}\r\nx-bookeo-apikey: x\r\n\r\n");
        Assert.Equal("HTTP/1.1 400 Bad Request", twice);
    }

    [Fact]
    public async Task Wrong_secret_is_401_wrong_key_or_permission_403_each_with_message_and_id()
    {
        var key = _bookeo.Install("acme", Scope.Of("customers_r_all")).ApiKey;

        using var noSecret = await GetAsync("/v2/customers", secret: null, key);
        using var badSecret = await GetAsync("/v2/customers", "sim-wrong", key);
        using var badKey = await GetAsync("/v2/customers", _bookeo.SecretKey, "sim-wrong");
        using var module = await GetAsync("/v2/bookings", _bookeo.SecretKey, key);
        using var allowed = await GetAsync("/v2/customers", _bookeo.SecretKey, key);
        using var write =
            await _http.CallAsync(HttpMethod.Post, new Uri(_bookeo.Api.Address, "/v2/customers"), null, SimulatedClient.Json("{}"),
            ("X-Bookeo-secretKey", _bookeo.SecretKey), ("X-Bookeo-apiKey", key));

        Assert.Equal(
            [401, 401, 403, 403, 200, 403],
            new[] { noSecret, badSecret, badKey, module, allowed, write }.Select(answer => (int)answer.StatusCode));
        Assert.Equal(["message", "errorId"], (await module.JsonAsync()).Select(field => field.Key));
    }

    [Fact]
    public async Task Uninstalling_ends_the_keys_and_a_new_installation_keeps_the_account()
    {
        var first = _bookeo.Install("acme");
        var other = _bookeo.Install("beta");
        _bookeo.Uninstall("acme");
        var second = _bookeo.Install("acme");

        using var dead = await GetAsync("/v2/bookings", _bookeo.SecretKey, first.ApiKey);
        using var live = await GetAsync("/v2/bookings", _bookeo.SecretKey, other.ApiKey);

        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.OK), (dead.StatusCode, live.StatusCode));
        Assert.Equal(first.AccountId, second.AccountId);
        Assert.NotEqual(first.ApiKey, second.ApiKey);
    }

    [Fact]
    public async Task Limit_answers_429_with_the_time_to_wait()
    {
        _bookeo.RateLimit = 1;
        var key = _bookeo.Install("acme").ApiKey;

        using var first = await GetAsync("/v2/bookings", _bookeo.SecretKey, key);
        _time.Advance(TimeSpan.FromSeconds(20));
        using var refused = await GetAsync("/v2/bookings", _bookeo.SecretKey, key);
        _time.Advance(TimeSpan.FromSeconds(40));
        using var later = await GetAsync("/v2/bookings", _bookeo.SecretKey, key);

        Assert.Equal([200, 429, 200], new[] { first, refused, later }.Select(answer => (int)answer.StatusCode));
        Assert.Equal(TimeSpan.FromSeconds(40), refused.Headers.RetryAfter?.Delta);
        Assert.Equal(40, (int)(await refused.JsonAsync())["retryAfter"]!);
    }

    [Fact]
    public async Task Installing_calls_back_with_key_and_state()
    {
        _bookeo.CallbackUrl = "http://127.0.0.1:9/callback/bookeo";
        _bookeo.AutoApproveAs = "acme";

        using var answer = await _http.GetAsync(
            new Uri(_bookeo.InstallUrl + "&permissions=bookings_r_all,customers_r_all&state=s%201"), SimulatedClient.Deadline);

        var query = QueryHelpers.ParseQuery(answer.Headers.Location!.Query);
        Assert.Equal(("true", "s 1"), (query["success"].ToString(), query["state"].ToString()));
        using var info = await GetAsync("/v2/settings/apikeyinfo", _bookeo.SecretKey, query["apiKey"]!);
        Assert.Equal(2, (await info.JsonAsync())["permissions"]!.AsArray().Count);
    }

    [Fact]
    public async Task Refusing_calls_back_without_state()
    {
        _bookeo.CallbackUrl = "http://127.0.0.1:9/callback/bookeo";
        var install = new Uri(_bookeo.InstallUrl + "&permissions=bookings_r_all&state=s");

        using var page = await _http.GetAsync(install, SimulatedClient.Deadline);
        using var refused = await _http.PostAsync(install, new FormUrlEncodedContent([new("decision", "deny")]), SimulatedClient.Deadline);

        Assert.Contains("bookings_r_all", await page.Content.ReadAsStringAsync(SimulatedClient.Deadline), StringComparison.Ordinal);
        Assert.Equal("?success=false", refused.Headers.Location?.Query);
    }

    [Fact]
    public async Task Unknown_application_or_permission_is_refused()
    {
        using var application = await _http.GetAsync(_bookeo.SignIn.Address, "/?authappid=other&permissions=bookings_r_all", bearer: null);
        using var permission = await _http.GetAsync(new Uri(_bookeo.InstallUrl + "&permissions=everything"), SimulatedClient.Deadline);

        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.BadRequest), (application.StatusCode, permission.StatusCode));
    }

    private Task<HttpResponseMessage> GetAsync(string path, string? secret = null, string? key = null)
    {
        (string Name, string? Value)[] pair = [("X-Bookeo-secretKey", secret), ("X-Bookeo-apiKey", key)];
        var headers = pair.Where(header => header.Value is not null).Select(header => (header.Name, header.Value!)).ToArray();
        return _http.CallAsync(HttpMethod.Get, new Uri(_bookeo.Api.Address, path), null, null, headers);
    }
}
