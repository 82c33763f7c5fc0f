using System.Net;

using Gateway.Demo.Providers;

namespace Gateway.Tests.Demo;

public sealed class SimulatedBexioApiTests : IAsyncLifetime, IDisposable
{
    private readonly HttpClient _http = SimulatedClient.Create();
    private readonly ManualClock _time = new();
    private SimulatedBexio _bexio = null!;

    public async ValueTask InitializeAsync() => _bexio = await SimulatedBexio.StartAsync(new SimulationOptions { Time = _time });

    public ValueTask DisposeAsync() => _bexio.DisposeAsync();

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Errors_have_code_and_message_and_answers_announce_the_limit()
    {
        using var unauthorized = await GetAsync("/3.0/users/me", token: null);
        using var ok = await GetAsync("/3.0/users/me", _bexio.Connect("acme").AccessToken);
        using var scope = await GetAsync("/2.0/kb_invoice", _bexio.Connect("acme", "contact_show").AccessToken);
        using var slashes = await GetAsync("/2.0//contact", _bexio.Connect("acme").AccessToken);

        Assert.Equal(401, (int)(await unauthorized.JsonAsync())["error_code"]!);
        Assert.Equal(403, (int)(await scope.JsonAsync())["error_code"]!);
        Assert.Equal(404, (int)(await slashes.JsonAsync())["error_code"]!);
        Assert.NotNull((string?)(await slashes.JsonAsync())["message"]);
        Assert.Equal(["1000", "999", "60", "1000", "999"], Limits(ok));
    }

    [Fact]
    public async Task Limits_count_per_company_and_group()
    {
        _bexio.RateLimits[BexioLimit.Article] = 2;
        var token = _bexio.Connect("acme").AccessToken;

        var statuses = new List<HttpStatusCode>();
        foreach (var (path, bearer) in new[]
        {
            ("/2.0/article", token), ("/2.0/article", _bexio.Connect("acme").AccessToken), ("/2.0/article", token),
            ("/2.0/contact", token), ("/2.0/article", _bexio.Connect("beta").AccessToken),
        })
        {
            using var answer = await GetAsync(path, bearer);
            statuses.Add(answer.StatusCode);
        }

        _time.Advance(TimeSpan.FromMinutes(1));
        using var later = await GetAsync("/2.0/article", token);
        Assert.Equal([200, 200, 429, 200, 200], statuses.Select(status => (int)status));
        Assert.Equal("2", Limits(later)[0]);
        Assert.Equal(HttpStatusCode.OK, later.StatusCode);
    }

    [Fact]
    public async Task Published_limits_are_the_recorded_figures()
    {
        var token = _bexio.Connect("acme").AccessToken;
        using var article = await GetAsync("/2.0/article", token);
        using var search = await _http.CallAsync(
            HttpMethod.Post, new Uri(_bexio.Api.Address, "/2.0/contact/search"), token, SimulatedClient.Json("[]"));

        Assert.Equal(("400", "250"), (Limits(article)[0], Limits(search)[0]));
    }

    [Fact]
    public async Task A_contact_is_created_with_JSON_only()
    {
        var token = _bexio.Connect("acme").AccessToken;
        var contacts = new Uri(_bexio.Api.Address, "/2.0/contact");

        using var created = await _http.CallAsync(HttpMethod.Post, contacts, token, SimulatedClient.Json("""{"name_1":"Muster"}"""));
        using var text = await _http.CallAsync(HttpMethod.Post, contacts, token, new StringContent("name_1=Muster"));
        using var read = await GetAsync("/2.0/contact/1", token);
        using var showOnly = await _http.CallAsync(
            HttpMethod.Post, contacts, _bexio.Connect("acme", "contact_show").AccessToken, SimulatedClient.Json("{}"));

        Assert.Equal([201, 415, 200, 403], new[] { created, text, read, showOnly }.Select(answer => (int)answer.StatusCode));
        Assert.Equal("Muster", (string?)(await read.JsonAsync())["name_1"]);
    }

    [Fact]
    public async Task Personal_access_token_works_and_expires_after_sixty_days()
    {
        var token = _bexio.IssuePersonalAccessToken("acme");
        _time.Advance(TimeSpan.FromDays(59));
        using var live = await GetAsync("/2.0/company_profile", token);
        _time.Advance(TimeSpan.FromDays(1));
        using var dead = await GetAsync("/2.0/company_profile", token);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (live.StatusCode, dead.StatusCode));
    }

    private static string[] Limits(HttpResponseMessage answer) =>
    [
        .. new[] { "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "x-ratelimit-limit-minute", "x-ratelimit-remaining-minute" }
            .Select(name => answer.Headers.GetValues(name).Single()),
    ];

    private Task<HttpResponseMessage> GetAsync(string path, string? token) => _http.GetAsync(_bexio.Api.Address, path, token);
}
