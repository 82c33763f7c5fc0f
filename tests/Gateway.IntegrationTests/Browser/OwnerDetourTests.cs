using Gateway.Demo.Providers;

using Microsoft.Playwright;

namespace Gateway.IntegrationTests.Browser;

/// <summary>
/// Owners who press twice, go back, open two tabs, change their mind or return late get a page that shows the current state.
/// </summary>
public sealed class OwnerDetourTests(Chromium chromium) : BrowserTest(chromium)
{
    [Fact]
    public async Task Going_back_from_the_last_page_does_not_connect_twice()
    {
        await ArriveAtProviderAsync("bokio");
        await Owner.ApproveAsync();
        await Owner.SeesAsync("Bokio is connected");

        await Owner.Page.GoBackAsync();
        await Owner.SeesAsync("Simulated bokio");
        await Owner.ApproveAsync();
        await Owner.SeesAsync("Bokio is connected");
        await Owner.Page.GoBackAsync();
        await Owner.SeesAsync("Simulated bokio");
        await Owner.Page.GoBackAsync();
        await Owner.SeesAsync("Bokio is connected");

        Assert.Equal(1, App.CodesRedeemed);
        Assert.Equal(1, (await App.StoredAsync("bokio"))!.Generation);
    }

    [Fact]
    public async Task The_used_callback_and_link_show_the_result_to_the_same_browser_only()
    {
        var link = await ArriveAtProviderAsync("bokio");
        var callback = await Owner.CallbackAsync();
        await Owner.OpenAsync(callback);
        await Owner.SeesAsync("Bokio is connected");
        var last = Owner.Page.Url;

        foreach (var address in new[] { callback, link, callback })
        {
            Assert.Equal(200, await Owner.OpenAsync(address));
            Assert.Equal(last, Owner.Page.Url);
        }

        await using var stranger = await Chromium.VisitAsync();
        await stranger.OpenAsync(callback);
        await stranger.SeesAsync("This step is over");
        Assert.Equal(404, await stranger.OpenAsync(link));
        await stranger.SeesAsync("This link does not work");
        Assert.Equal(1, App.CodesRedeemed);
    }

    [Fact]
    public async Task The_last_page_can_be_loaded_again()
    {
        await ArriveAtProviderAsync("bokio");
        await Owner.ApproveAsync();
        await Owner.SeesAsync("Bokio is connected");

        Assert.Equal(200, (await Owner.Page.ReloadAsync())!.Status);
        await Owner.SeesAsync("Bokio is connected");
    }

    [Fact]
    public async Task Going_back_from_the_provider_and_forward_again_connects()
    {
        await ArriveAtProviderAsync("bexio");
        await Owner.Page.GoBackAsync();
        await Owner.SeesAsync("Connect bexio");
        await Owner.ContinueAsync();
        await Owner.ApproveAsync();

        await Owner.SeesAsync("bexio is connected");
        Assert.Equal(1, (await App.StoredAsync("bexio"))!.Generation);
    }

    [Fact]
    public async Task A_double_click_on_the_button_counts_once()
    {
        await Owner.OpenAsync(await LinkAsync("bokio"));
        await Owner.Page.Locator("main button").DblClickAsync();
        await Owner.SeesAsync("Simulated bokio");
        await Owner.ApproveAsync();

        await Owner.SeesAsync("Bokio is connected");
        Assert.Equal(1, (await App.StoredAsync("bokio"))!.Generation);
    }

    [Fact]
    public async Task A_second_click_during_the_first_request_ends_on_the_same_page()
    {
        var gate = new Gate();
        App.Providers.Bokio.Api.Faults.Add("/v1/token", Fault.HoldBefore(gate), times: 1);
        await ArriveAtProviderAsync("bokio");
        var button = (await Owner.Page.Locator("button[value=approve]").BoundingBoxAsync())!;
        await Owner.Page.Mouse.ClickAsync(button.X + 5, button.Y + 5);
        await gate.ArrivalsAsync();

        // The provider's page is still shown, with its button.
        await Owner.Page.Mouse.ClickAsync(button.X + 5, button.Y + 5);
        await App.Providers.Bokio.Api.Requests.WaitForAsync(static request => request is { Method: "POST", Path: "/v1/authorize" }, 2);
        gate.Open();

        await Owner.SeesAsync("Bokio is connected");
        Assert.Equal(1, App.CodesRedeemed);
        Assert.Equal(1, (await App.StoredAsync("bokio"))!.Generation);
    }

    [Fact]
    public async Task The_first_of_two_tabs_connects_and_the_other_shows_a_message()
    {
        var link = await ArriveAtProviderAsync("bokio");
        var second = await Owner.Context.NewPageAsync();
        await second.GotoAsync(link.AbsoluteUri);
        await Visit.ContinueAsync(second);
        await Visit.ApproveAsync(second);
        await Visit.SeesAsync(second, "Bokio is connected");

        await Owner.ApproveAsync();
        await Owner.SeesAsync("This link does not work");

        await Assertions.Expect(Owner.Page.GetByRole(AriaRole.Main)).ToContainTextAsync("If you saw a confirmation, all is well");
        Assert.Equal(1, App.CodesRedeemed);
        Assert.Equal(1, (await App.StoredAsync("bokio"))!.Generation);
    }

    [Fact]
    public async Task A_browser_without_cookies_gets_a_message_and_the_link_works_with_cookies()
    {
        var link = await ArriveAtProviderAsync("bokio");
        await Owner.Context.ClearCookiesAsync();
        await Owner.ApproveAsync();
        await Owner.SeesAsync("This browser is not known");
        await Assertions.Expect(Owner.Page.GetByRole(AriaRole.Main)).ToContainTextAsync("with cookies allowed");
        Assert.Equal(0, App.CodesRedeemed);

        await Owner.OpenAsync(link);
        await Owner.ContinueAsync();
        await Owner.ApproveAsync();
        await Owner.SeesAsync("Bokio is connected");
    }

    [Fact]
    public async Task A_link_expires_after_a_day()
    {
        var link = await LinkAsync("bokio");
        await Owner.OpenAsync(link);
        App.Clock.Advance(TimeSpan.FromHours(24));
        await Owner.ContinueAsync();
        await Owner.SeesAsync("This link does not work");

        Assert.Equal(404, await Owner.OpenAsync(link));
        Assert.Empty(App.Providers.Bokio.Api.Requests.At("/v1/authorize"));
    }

    [Fact]
    public async Task After_an_expired_state_the_owner_may_open_the_link_again()
    {
        var link = await ArriveAtProviderAsync("bokio");
        App.Clock.Advance(TimeSpan.FromMinutes(10));
        await Owner.ApproveAsync();
        await Owner.SeesAsync("This step is over");
        Assert.Equal(0, App.CodesRedeemed);

        await Owner.OpenAsync(link);
        await Owner.ContinueAsync();
        await Owner.ApproveAsync();
        await Owner.SeesAsync("Bokio is connected");
    }

    [Theory]
    [InlineData("bokio", "Bokio")]
    [InlineData("bexio", "bexio")]
    [InlineData("bipsync", "Bipsync")]
    public async Task An_owner_who_declined_may_approve_from_the_same_page(string provider, string title)
    {
        await ArriveAtProviderAsync(provider);
        await Owner.DenyAsync();
        await Owner.SeesAsync($"Connect {title}");
        await Assertions.Expect(Owner.Page.GetByRole(AriaRole.Status)).ToContainTextAsync("You did not approve");
        Assert.Null(await App.StoredAsync(provider));

        await Owner.ContinueAsync();
        await Owner.ApproveAsync();
        await Owner.SeesAsync($"{title} is connected");
    }

    [Fact]
    public async Task A_refusal_without_a_state_changes_nothing()
    {
        var link = await ArriveAtProviderAsync("bookeo");
        await Owner.DenyAsync();
        await Owner.SeesAsync("You did not approve");
        Assert.Null(await App.StoredAsync("bookeo"));

        await Owner.OpenAsync(link);
        await Owner.ContinueAsync();
        await Owner.ApproveAsync();
        await Owner.SeesAsync("Bookeo is connected");
    }

    [Fact]
    public async Task A_store_outage_shows_a_page_and_onboarding_continues_after_it()
    {
        var link = await LinkAsync("bokio");
        App.Once.Away = true;
        Assert.Equal(503, await Owner.OpenAsync(link));
        await Owner.SeesAsync("Not possible now");

        App.Once.Away = false;
        await Owner.Page.GetByRole(AriaRole.Link, new() { Name = "Try again" }).ClickAsync();
        await Owner.SeesAsync("Connect Bokio");
    }

    [Fact]
    public async Task A_store_outage_at_the_callback_needs_one_more_click()
    {
        await ArriveAtProviderAsync("bokio");
        App.IsStoreAway = true;
        await Owner.ApproveAsync();
        await Owner.SeesAsync("Not possible now");
        Assert.Equal(0, App.CodesRedeemed);

        App.IsStoreAway = false;
        await Owner.Page.GetByRole(AriaRole.Link, new() { Name = "Try again" }).ClickAsync();
        await Owner.SeesAsync("Bokio is connected");
        Assert.Equal(1, App.CodesRedeemed);
    }
}
