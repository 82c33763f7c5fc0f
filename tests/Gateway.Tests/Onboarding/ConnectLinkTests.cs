using System.Net;
using System.Web;

using Gateway.Demo.Providers;

namespace Gateway.Tests.Onboarding;

/// <summary>Creation, use and expiry of connect links.</summary>
public sealed class ConnectLinkTests : IAsyncLifetime
{
    private ConnectApp _app = null!;

    public async ValueTask InitializeAsync() => _app = await ConnectApp.StartAsync("Connect:ReturnPaths:0=/portal/");

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task Creating_a_link_requires_the_admin_key()
    {
        using var stranger = new HttpClient { BaseAddress = _app.Operator.BaseAddress };

        using var answer = await stranger.PostAsync("/connections/bokio/acme/connect-link", null);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Empty(_app.Once.Keys);
    }

    [Theory]
    [InlineData("nobody", "acme", null, HttpStatusCode.NotFound)]
    [InlineData("bokio", "not%20a%20name", null, HttpStatusCode.BadRequest)]
    [InlineData("bokio-private", "acme", null, HttpStatusCode.UnprocessableEntity)]
    [InlineData("bokio-general", "acme", null, HttpStatusCode.UnprocessableEntity)]
    [InlineData("bokio", "acme", """{ "scopes": ["bank-payments:write"] }""", HttpStatusCode.BadRequest)]
    [InlineData("bokio", "acme", """{ "scopes": [] }""", HttpStatusCode.BadRequest)]
    [InlineData("bokio", "acme", """{ "fields": { "tenant_id": "x" } }""", HttpStatusCode.BadRequest)]
    [InlineData("bipsync", "acme", """{ "fields": { "client": "evil.example/" } }""", HttpStatusCode.BadRequest)]
    [InlineData("bipsync", "acme", """{ "fields": { "other": "x" } }""", HttpStatusCode.BadRequest)]
    [InlineData("bokio", "acme", """{ "returnTo": "//evil.example" }""", HttpStatusCode.BadRequest)]
    [InlineData("bokio", "acme", """{ "unknown": 1 }""", HttpStatusCode.BadRequest)]
    [InlineData("bokio", "acme", "[", HttpStatusCode.BadRequest)]
    public async Task An_invalid_link_is_not_created(string provider, string name, string? body, HttpStatusCode status)
    {
        using var content = body is null ? null : new StringContent(body);

        using var answer = await _app.Operator.PostAsync($"/connections/{provider}/{name}/connect-link", content);

        Assert.Equal(status, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Empty(_app.Once.Keys);
    }

    [Fact]
    public async Task The_answer_has_the_address_and_the_expiry_of_the_link()
    {
        using var answer = await _app.Operator.PostAsync("/connections/bokio/acme/connect-link", null);
        var view = await ConnectApp.JsonAsync(answer);

        Assert.StartsWith($"{_app.Connect}connect/", (string)view["url"]!, StringComparison.Ordinal);
        Assert.Equal(_app.Clock.GetUtcNow() + TimeSpan.FromHours(24), (DateTimeOffset)view["expiresAt"]!);
        Assert.DoesNotContain(_app.Once.Keys, key => ((string)view["url"]!).Split('/')[^1].Contains(key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Opening_a_page_does_not_use_the_link()
    {
        var link = await _app.LinkAsync("bokio");
        for (var preview = 0; preview < 3; preview++)
        {
            using var stranger = new OwnerBrowser();
            Assert.Equal(HttpStatusCode.OK, (await stranger.GetAsync(link)).Status);
        }

        Assert.Equal("Bokio is connected", (await _app.WalkAsync(link)).Title);
    }

    [Fact]
    public async Task A_HEAD_request_is_answered_and_spends_no_state()
    {
        var link = await _app.LinkAsync("bokio");
        var callback = await _app.DecideAsync(await _app.StartAsync(link));

        var (page, none, back) = (await HeadAsync(link), await HeadAsync(new Uri(link, "x")), await HeadAsync(callback));

        Assert.Equal((HttpStatusCode.OK, ""), (page.Status, page.Body));
        Assert.Equal(HttpStatusCode.NotFound, none.Status);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, back.Status);
        Assert.Equal("Bokio is connected", (await _app.Browser.ArriveAsync(await _app.Browser.GetAsync(callback))).Title);
    }

    private Task<OwnerBrowser.Answer> HeadAsync(Uri address) => _app.Browser.SendAsync(new HttpRequestMessage(HttpMethod.Head, address));

    [Fact]
    public async Task A_link_works_for_one_connection()
    {
        var link = await _app.LinkAsync("bokio");
        await _app.WalkAsync(link);

        using var another = new OwnerBrowser();
        Assert.Equal(HttpStatusCode.NotFound, (await another.GetAsync(link)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await another.PostAsync(link)).Status);
        Assert.StartsWith("/connect/done/", (await _app.Browser.PostAsync(link)).Target!.AbsolutePath, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_expires_after_one_day()
    {
        var link = await _app.LinkAsync("bokio");

        _app.Clock.Advance(TimeSpan.FromHours(24) - TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.OK, (await _app.Browser.GetAsync(link)).Status);
        _app.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.NotFound, (await _app.Browser.GetAsync(link)).Status);
    }

    [Theory]
    [InlineData("bokio")]
    [InlineData("bexio")]
    public async Task An_owner_who_declined_may_approve_later(string provider)
    {
        var link = await _app.LinkAsync(provider);
        var callback = await _app.DecideAsync(await _app.StartAsync(link), decision: "deny");

        var page = await _app.Browser.ArriveAsync(await _app.Browser.GetAsync(callback));

        Assert.Contains("You did not approve", page.Body, StringComparison.Ordinal);
        Assert.Contains("<button", page.Body, StringComparison.Ordinal);
        Assert.Null(await _app.StoredAsync(provider));
        Assert.Contains("is connected", (await _app.WalkAsync(link)).Title, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_one_of_two_tabs_connects()
    {
        var link = await _app.LinkAsync("bokio");
        var first = await _app.DecideAsync(await _app.StartAsync(link));
        var second = await _app.DecideAsync(await _app.StartAsync(link));

        var one = await _app.Browser.ArriveAsync(await _app.Browser.GetAsync(first));
        var other = await _app.Browser.ArriveAsync(await _app.Browser.GetAsync(second));

        Assert.Equal("Bokio is connected", one.Title);
        Assert.Equal(HttpStatusCode.NotFound, other.Status);
        Assert.Equal(1, _app.CodesRedeemed);
        Assert.Equal(1, (await _app.StoredAsync("bokio"))!.Generation);
    }

    [Fact]
    public async Task A_provider_failure_keeps_the_link_valid_and_the_stored_connection_unchanged()
    {
        await _app.WalkAsync(await _app.LinkAsync("bexio"));
        var before = await _app.StoredAsync("bexio");
        var link = await _app.LinkAsync("bexio");

        _app.Providers.Bexio.Identity.Faults.Add("/realms/bexio/protocol/openid-connect/token", Fault.Answer(503), times: 1);
        Assert.Contains("cannot answer now", (await _app.WalkAsync(link)).Body, StringComparison.Ordinal);
        _app.Providers.Bexio.Api.Faults.Add("/3.0/users/me", Fault.Answer(401), times: 1);
        Assert.Contains("does not work", (await _app.WalkAsync(link)).Body, StringComparison.Ordinal);
        Assert.Equal(before, await _app.StoredAsync("bexio"));

        Assert.Equal("bexio is connected", (await _app.WalkAsync(link)).Title);
        Assert.Equal(2, (await _app.StoredAsync("bexio"))!.Generation);
    }

    [Fact]
    public async Task Two_starts_have_separate_states_and_verifiers()
    {
        var link = await _app.LinkAsync("bokio");

        var first = HttpUtility.ParseQueryString((await _app.StartAsync(link)).Query);
        var second = HttpUtility.ParseQueryString((await _app.StartAsync(link)).Query);

        Assert.NotEqual(first["state"], second["state"]);
        Assert.NotEqual(first["code_challenge"], second["code_challenge"]);
        Assert.Equal(43, first["state"]!.Length);
        Assert.Equal("S256", first["code_challenge_method"]);
        Assert.Equal($"{_app.Connect}callback/bokio", first["redirect_uri"]);
    }

    [Fact]
    public async Task The_redirect_address_ignores_the_Host_header()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, await _app.LinkAsync("bokio"));
        request.Headers.Host = "evil.example";
        request.Headers.Add("X-Forwarded-Host", "evil.example");

        var answer = await _app.Browser.SendAsync(request);

        Assert.Equal($"{_app.Connect}callback/bokio", HttpUtility.ParseQueryString(answer.Target!.Query)["redirect_uri"]);
    }

    [Fact]
    public async Task Starts_are_rate_limited()
    {
        var link = await _app.LinkAsync("bokio");
        var answers = new List<OwnerBrowser.Answer>();
        for (var start = 0; start < 40; start++)
        {
            answers.Add(await _app.Browser.PostAsync(link));
        }

        Assert.Contains(
            answers, static answer => answer.Status == HttpStatusCode.TooManyRequests && answer.Header("Retry-After").Length > 0);
        Assert.Equal(HttpStatusCode.Found, answers[0].Status);
    }

    [Fact]
    public async Task A_store_outage_has_its_own_page()
    {
        var link = await _app.LinkAsync("bokio");
        _app.Once.Away = true;

        var page = await _app.Browser.GetAsync(link);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, page.Status);
        using var answer = await _app.Operator.PostAsync("/connections/bokio/acme/connect-link", JsonContent.Create(new { }));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
    }
}
