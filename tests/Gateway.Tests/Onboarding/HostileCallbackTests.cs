using System.Net;

using Gateway.Demo.Providers;
using Gateway.Model;

namespace Gateway.Tests.Onboarding;

/// <summary>Invalid callbacks cause no token request and no write, and none of their values appear on a page.</summary>
public sealed class HostileCallbackTests : IAsyncLifetime
{
    private const string Marker = "<script>alert('hostile')</script>";

    private ConnectApp _app = null!;
    private Connection _before = null!;

    public async ValueTask InitializeAsync()
    {
        _app = await ConnectApp.StartAsync();
        await _app.WalkAsync(await _app.LinkAsync("bokio"));
        await _app.WalkAsync(await _app.LinkAsync("bexio"));
        await _app.WalkAsync(await _app.LinkAsync("bookeo"));
        _before = (await _app.StoredAsync("bokio"))!;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Theory]
    [InlineData("bokio", "", "already-used")]
    [InlineData("bokio", "code=x", "already-used")]
    [InlineData("bokio", "code=x&state=never-handed-out", "already-used")]
    [InlineData("bokio", "code=x&state=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "already-used")]
    [InlineData("bokio", "code=x&state={s}&state={s}", "malformed")]
    [InlineData("bokio", "code=x&code=y&state={s}", "malformed")]
    [InlineData("bokio", "code=x&CODE=y&state={s}", "malformed")]
    [InlineData("bokio", "error=a&error=b&state={s}", "malformed")]
    [InlineData("bokio", "state={s}", "malformed")]
    [InlineData("bokio", "code=&state={s}", "malformed")]
    [InlineData("bokio", "error=&state={s}", "malformed")]
    [InlineData("bokio", "error=access_denied&state={s}", "declined")]
    [InlineData("bokio", "error=access_denied&code=x&state={s}", "declined")]
    [InlineData("bokio", "error=server_error&state={s}", "provider-away")]
    [InlineData("bokio", "error=temporarily_unavailable&state={s}", "provider-away")]
    [InlineData("bokio", "error=invalid_scope&state={s}", "provider-refused")]
    [InlineData("bokio", "error=%3Cscript%3Ealert('hostile')%3C/script%3E&state={s}", "malformed")]
    [InlineData(
        "bokio",
        "error=access_denied&error_description=%3Cscript%3Ealert('hostile')%3C/script%3E&error_uri=https://evil.example/&state={s}",
        "declined")]
    [InlineData("bexio", "code=x&state={s}", "mixed-up")]
    [InlineData("bexio", "code=x&state={s}&iss=https://evil.example", "mixed-up")]
    [InlineData("bexio", "code=x&state={s}&iss={i}/", "mixed-up")]
    [InlineData("bexio", "code=x&state={s}&iss={i}&iss={i}", "malformed")]
    [InlineData("bexio", "error=access_denied&state={s}", "mixed-up")]
    [InlineData("bexio", "error=access_denied&state={s}&iss=https://evil.example", "mixed-up")]
    [InlineData("bookeo", "success=false", "declined")]
    [InlineData("bookeo", "success=true&apiKey=stolen-key", "already-used")]
    [InlineData("bookeo", "success=true&state={s}", "malformed")]
    [InlineData("bookeo", "success=false&apiKey=stolen-key&state={s}", "declined")]
    [InlineData("bookeo", "apiKey=stolen-key&state={s}", "declined")]
    [InlineData("bookeo", "success=true&apiKey=a&apiKey=b&state={s}", "malformed")]
    [InlineData("bookeo", "success=true&apiKey=a%0D%0AX-Evil:1&state={s}", "malformed")]
    [InlineData("bookeo", "success=true&apiKey=not-a-key&state={s}", "not-verified")]
    public async Task An_invalid_callback_changes_nothing(string provider, string query, string word)
    {
        var start = await _app.StartAsync(await _app.LinkAsync(provider));
        var redeemed = _app.CodesRedeemed;
        var stored = await _app.StoredAsync(provider);

        var answer = await _app.Browser.GetAsync(Callback(provider, query, StateOf(start)));
        var page = await _app.Browser.ArriveAsync(answer);

        Assert.Equal(HttpStatusCode.SeeOther, answer.Status);
        Assert.EndsWith(word, answer.Target!.AbsoluteUri, StringComparison.Ordinal);
        Assert.DoesNotContain(Marker, page.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("hostile", page.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("evil.example", page.Body, StringComparison.Ordinal);
        Assert.Equal(redeemed, _app.CodesRedeemed);
        Assert.Equal(stored, await _app.StoredAsync(provider));
        Assert.Contains(_app.Logs.Entries, static line => line.EventId == 5003);
    }

    [Fact]
    public async Task A_state_of_another_browser_is_refused_and_spent()
    {
        using var victim = new OwnerBrowser();
        var callback = await _app.DecideAsync(await _app.StartAsync(await _app.LinkAsync("bokio")));
        var redeemed = _app.CodesRedeemed;

        Assert.EndsWith("/connect/problem/other-browser", (await victim.GetAsync(callback)).Target!.AbsoluteUri, StringComparison.Ordinal);
        Assert.EndsWith("already-used", (await _app.Browser.GetAsync(callback)).Target!.AbsoluteUri, StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.Forbidden, (await victim.GetAsync(new Uri(_app.Connect, "/connect/problem/other-browser"))).Status);
        Assert.Equal(redeemed, _app.CodesRedeemed);
        Assert.Equal(_before, await _app.StoredAsync("bokio"));
    }

    [Fact]
    public async Task A_state_of_one_provider_is_refused_at_the_callback_of_another()
    {
        var callback = await _app.DecideAsync(await _app.StartAsync(await _app.LinkAsync("bokio")));
        var redeemed = _app.CodesRedeemed;

        var answer =
            await _app.Browser.GetAsync(new Uri(_app.Connect, "/callback/bexio" + callback.Query + "&iss=" + _app.Providers.Bexio.Issuer));

        Assert.EndsWith("mixed-up", answer.Target!.AbsoluteUri, StringComparison.Ordinal);
        Assert.Equal(redeemed, _app.CodesRedeemed);
    }

    [Fact]
    public async Task A_state_expires_after_ten_minutes()
    {
        var callback = await _app.DecideAsync(await _app.StartAsync(await _app.LinkAsync("bokio")));
        _app.Clock.Advance(TimeSpan.FromMinutes(10));

        Assert.EndsWith("already-used", (await _app.Browser.GetAsync(callback)).Target!.AbsoluteUri, StringComparison.Ordinal);
        Assert.Equal(_before, await _app.StoredAsync("bokio"));
    }

    [Fact]
    public async Task A_repeated_callback_redeems_its_code_once()
    {
        var callback = await _app.DecideAsync(await _app.StartAsync(await _app.LinkAsync("bokio")));
        var redeemed = _app.CodesRedeemed;

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _app.Browser.GetAsync(callback)));

        Assert.Equal(redeemed + 1, _app.CodesRedeemed);
        Assert.Contains(answers, static answer => answer.Target!.AbsolutePath.StartsWith("/connect/done/", StringComparison.Ordinal));
        Assert.Equal(2, (await _app.StoredAsync("bokio"))!.Generation);
    }

    [Fact]
    public async Task Two_concurrent_instances_redeem_a_code_once()
    {
        await using var second = await ConnectApp.BesideAsync(_app);
        var callback = await _app.DecideAsync(await _app.StartAsync(await _app.LinkAsync("bokio")));
        var there = new Uri(second.Connect, callback.PathAndQuery);
        var redeemed = _app.CodesRedeemed;

        await Task.WhenAll(Enumerable.Range(0, 8).Select(call => _app.Browser.GetAsync(call % 2 == 0 ? callback : there)));

        Assert.Equal(redeemed + 1, _app.CodesRedeemed);
        Assert.Equal(2, (await _app.StoredAsync("bokio"))!.Generation);
    }

    [Fact]
    public async Task A_repeated_callback_shows_the_result_of_the_first()
    {
        var gate = new Gate();
        _app.Providers.Bokio.Api.Faults.Add("/v1/token", Fault.HoldBefore(gate), times: 1);
        var callback = await _app.DecideAsync(await _app.StartAsync(await _app.LinkAsync("bokio")));
        var redeemed = _app.CodesRedeemed;

        // The browser drops the first call and keeps its cookie; the second has another code for the same state.
        using var stranger = new OwnerBrowser();
        var first = _app.Browser.GetAsync(callback);
        await gate.ArrivalsAsync();
        var second = _app.Browser.GetAsync(new Uri(callback.AbsoluteUri.Replace("code=", "code=other-", StringComparison.Ordinal)));
        Assert.EndsWith("already-used", (await stranger.GetAsync(callback)).Target!.AbsoluteUri, StringComparison.Ordinal);
        gate.Open();

        Assert.StartsWith("/connect/done/", (await first).Target!.AbsolutePath, StringComparison.Ordinal);
        Assert.Equal((await first).Target, (await second).Target);
        Assert.Equal(redeemed + 1, _app.CodesRedeemed);
    }

    [Fact]
    public async Task An_injected_code_is_not_redeemed_with_the_verifier_of_the_browser()
    {
        // Code injection (RFC 9700 section 4.5): the attacker's own code, in the victim's flow.
        using var attacker = new OwnerBrowser();
        var stolen = await _app.DecideAsync(await _app.StartAsync(await _app.LinkAsync("bokio", "other"), attacker), browser: attacker);
        var start = await _app.StartAsync(await _app.LinkAsync("bokio"));
        var code = System.Web.HttpUtility.ParseQueryString(stolen.Query)["code"];

        var answer = await _app.Browser.GetAsync(Callback("bokio", $"code={code}&state={{s}}", StateOf(start)));

        Assert.EndsWith("code-refused", answer.Target!.AbsoluteUri, StringComparison.Ordinal);
        Assert.Equal(_before, await _app.StoredAsync("bokio"));
    }

    [Fact]
    public async Task Unknown_parameters_are_ignored()
    {
        var callback = await _app.DecideAsync(await _app.StartAsync(await _app.LinkAsync("bokio")));

        var answer = await _app.Browser.GetAsync(new Uri(callback + "&session_state=1&session_state=2&anything=x"));

        Assert.StartsWith("/connect/done/", answer.Target!.AbsolutePath, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_configured_providers_have_a_callback()
    {
        foreach (var name in new[] { "nobody", "bokio-private" })
        {
            var page =
                await _app.Browser.ArriveAsync(await _app.Browser.GetAsync(new Uri(_app.Connect, $"/callback/{name}?code=x&state=y")));

            Assert.Equal((HttpStatusCode.NotFound, "This cannot be connected now"), (page.Status, page.Title));
            Assert.Equal("/connect/problem/provider-gone", _app.Browser.Visited[^1].PathAndQuery);
        }
    }

    private Uri Callback(string provider, string query, string state) => new(_app.Connect, $"/callback/{provider}?{query
        .Replace("{s}", state, StringComparison.Ordinal)
        .Replace("{i}", _app.Providers.Bexio.Issuer.AbsoluteUri, StringComparison.Ordinal)}");

    private static string StateOf(Uri start) => System.Web.HttpUtility.ParseQueryString(start.Query)["state"]!;
}
