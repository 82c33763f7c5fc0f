using Gateway.Model;

namespace Gateway.IntegrationTests.Browser;

/// <summary>Forged callbacks and forms: no request goes to the provider, and the stored connection stays.</summary>
public sealed class ForgeryTests(Chromium chromium) : BrowserTest(chromium)
{
    private Connection _before = null!;
    private int _redeemed;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await App.WalkAsync(await LinkAsync("bokio"));
        (_before, _redeemed) = ((await App.StoredAsync("bokio"))!, App.CodesRedeemed);
        await ArriveAtProviderAsync("bokio");
    }

    [Fact]
    public async Task A_modified_state_is_refused()
    {
        var callback = (await Owner.CallbackAsync()).AbsoluteUri;
        var state = callback[(callback.IndexOf("state=", StringComparison.Ordinal) + 6)..];
        Assert.Equal(400, await Owner.OpenAsync(new Uri(callback.Replace(state, $"A{state[1..^1]}B", StringComparison.Ordinal))));

        await Owner.SeesAsync("This step is over");
        await AssertNothingHappenedAsync();

        // The genuine state is still valid.
        await Owner.OpenAsync(new Uri(callback));
        await Owner.SeesAsync("Bokio is connected");
    }

    [Fact]
    public async Task A_callback_address_is_refused_in_another_browser()
    {
        await using var stranger = await Chromium.VisitAsync();
        var callback = await Owner.CallbackAsync();
        Assert.Equal(403, await stranger.OpenAsync(callback));

        await stranger.SeesAsync("This browser is not known");
        await AssertNothingHappenedAsync();
    }

    [Fact]
    public async Task A_callback_address_is_refused_in_another_browser_with_its_own_cookie()
    {
        await using var stranger = await Chromium.VisitAsync();
        await stranger.OpenAsync(await LinkAsync("bokio"));
        await stranger.ContinueAsync();
        await stranger.SeesAsync("Simulated bokio");
        Assert.Single(await stranger.Context.CookiesAsync());
        Assert.Equal(403, await stranger.OpenAsync(await Owner.CallbackAsync()));

        await stranger.SeesAsync("This browser is not known");
        await AssertNothingHappenedAsync();
    }

    [Fact]
    public async Task A_form_posted_from_another_site_is_refused()
    {
        var link = await LinkAsync("bokio");
        await Owner.Page.GotoAsync(App.Providers.Bexio.AuthorizationEndpoint.AbsoluteUri);
        await Owner.Page.SetContentAsync($"<h1>Elsewhere</h1><form method=post action=\"{link}\"><button>Win</button></form>");
        await Owner.Page.Locator("button").ClickAsync();

        await Owner.SeesAsync("The answer makes no sense");
        await AssertNothingHappenedAsync();
    }

    [Fact]
    public async Task A_page_does_not_load_in_a_frame_of_another_site()
    {
        var link = await LinkAsync("bokio");
        await Owner.Page.GotoAsync(App.Providers.Bexio.AuthorizationEndpoint.AbsoluteUri);
        await Owner.Page.SetContentAsync($"<h1>Elsewhere</h1><iframe src=\"{link}\"></iframe>");
        await Eventually.TrueAsync(
            () => Owner.Complaints.Any(static line => line.Contains("frame", StringComparison.OrdinalIgnoreCase)),
            "The browser showed the frame.");

        Assert.Equal(0, await Owner.Page.FrameLocator("iframe").Locator("button").CountAsync());
    }

    private async Task AssertNothingHappenedAsync()
    {
        Assert.Equal(_redeemed, App.CodesRedeemed);
        Assert.Equal(_before, await App.StoredAsync("bokio"));
    }
}
