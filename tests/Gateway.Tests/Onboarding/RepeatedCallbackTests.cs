using System.Net;

namespace Gateway.Tests.Onboarding;

/// <summary>
/// Reloads after onboarding: only the same browser sees the result, and no code is redeemed twice.
/// </summary>
public sealed class RepeatedCallbackTests : IAsyncLifetime
{
    private ConnectApp _app = null!;
    private Uri _link = null!;
    private Uri _callback = null!;

    public async ValueTask InitializeAsync()
    {
        _app = await ConnectApp.StartAsync();
        _link = await _app.LinkAsync("bokio");
        _callback = await _app.DecideAsync(await _app.StartAsync(_link));
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task A_reloaded_callback_leads_to_the_last_page_while_the_cookie_is_valid()
    {
        var done = (await _app.Browser.GetAsync(_callback)).Target!;
        for (var again = 0; again < 3; again++)
        {
            Assert.Equal(done, (await _app.Browser.GetAsync(_callback)).Target);
        }

        _app.Clock.Advance(TimeSpan.FromMinutes(10));

        Assert.EndsWith("already-used", (await _app.Browser.GetAsync(_callback)).Target!.AbsoluteUri, StringComparison.Ordinal);
        Assert.Equal(1, _app.CodesRedeemed);
        Assert.Equal(1, (await _app.StoredAsync("bokio"))!.Generation);
    }

    [Fact]
    public async Task A_callback_reloaded_on_another_instance_leads_to_the_last_page()
    {
        await using var second = await ConnectApp.BesideAsync(_app);
        var done = (await _app.Browser.GetAsync(_callback)).Target!;

        Assert.Equal(
            done.AbsolutePath, (await _app.Browser.GetAsync(new Uri(second.Connect, _callback.PathAndQuery))).Target!.AbsolutePath);
        Assert.Equal(done.AbsolutePath, (await _app.Browser.GetAsync(new Uri(second.Connect, _link.AbsolutePath))).Target!.AbsolutePath);
        Assert.Equal(1, _app.CodesRedeemed);
    }

    [Fact]
    public async Task A_used_link_and_its_button_lead_to_the_last_page()
    {
        var done = (await _app.Browser.GetAsync(_callback)).Target!;

        var (page, button) = (await _app.Browser.GetAsync(_link), await _app.Browser.PostAsync(_link));

        Assert.Equal((HttpStatusCode.SeeOther, done), (page.Status, page.Target));
        Assert.Equal((HttpStatusCode.SeeOther, done), (button.Status, button.Target));
        Assert.Equal("Bokio is connected", (await _app.Browser.ArriveAsync(page)).Title);
    }

    [Fact]
    public async Task Another_browser_does_not_see_the_result()
    {
        using var stranger = new OwnerBrowser();
        await _app.StartAsync(await _app.LinkAsync("bokio", "other"), stranger);
        await _app.Browser.GetAsync(_callback);

        Assert.EndsWith("already-used", (await stranger.GetAsync(_callback)).Target!.AbsoluteUri, StringComparison.Ordinal);
        var page = await stranger.GetAsync(_link);
        Assert.Equal((HttpStatusCode.NotFound, "This link does not work"), (page.Status, page.Title));
        Assert.Equal(HttpStatusCode.NotFound, (await stranger.PostAsync(_link)).Status);
        Assert.Equal(1, _app.CodesRedeemed);
    }

    [Fact]
    public async Task A_reloaded_refusal_stays_a_refusal()
    {
        var no = await _app.DecideAsync(await _app.StartAsync(_link), decision: "deny");
        Assert.EndsWith("notice=declined", (await _app.Browser.GetAsync(no)).Target!.AbsoluteUri, StringComparison.Ordinal);

        Assert.EndsWith("notice=declined", (await _app.Browser.GetAsync(no)).Target!.AbsoluteUri, StringComparison.Ordinal);
        Assert.Equal("Bokio is connected", (await _app.Browser.ArriveAsync(await _app.Browser.GetAsync(_callback))).Title);
    }

    [Fact]
    public async Task A_second_consent_of_the_same_link_is_refused_as_already_used()
    {
        var late = await _app.DecideAsync(await _app.StartAsync(_link));
        await _app.Browser.GetAsync(_callback);

        var page = await _app.Browser.ArriveAsync(await _app.Browser.GetAsync(late));

        Assert.Equal("This link does not work", page.Title);
        Assert.Equal(1, _app.CodesRedeemed);
    }
}
