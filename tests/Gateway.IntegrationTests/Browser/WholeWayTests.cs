using System.Net;

using Microsoft.Playwright;

namespace Gateway.IntegrationTests.Browser;

/// <summary>From the link that an operator sends to a call that the third party answers, at each of the four providers.</summary>
public sealed class WholeWayTests(Chromium chromium) : BrowserTest(chromium)
{
    [Theory]
    [InlineData("bokio", "Bokio")]
    [InlineData("bexio", "bexio")]
    [InlineData("bipsync", "Bipsync")]
    [InlineData("bookeo", "Bookeo")]
    public async Task An_owner_opens_the_link_approves_and_the_connection_serves(string provider, string title)
    {
        var link = await LinkAsync(provider);
        Assert.Equal(200, await Owner.OpenAsync(link));
        await Owner.SeesAsync($"Connect {title}");

        await Owner.ContinueAsync();
        await Owner.SeesAsync($"Simulated {provider}");
        await Owner.ApproveAsync();

        await Owner.SeesAsync($"{title} is connected");
        Assert.StartsWith($"{App.Connect}connect/done/", Owner.Page.Url, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await CallAsync(provider));
        await Discretion.AssertAsync(Owner, App.Connect, link);
    }

    [Theory]
    [InlineData("bokio", "Bokio")]
    [InlineData("bookeo", "Bookeo")]
    public async Task Without_scripts_the_way_is_the_same(string provider, string title)
    {
        await using var plain = await Chromium.VisitAsync(Screens.WithoutScripts());
        await plain.OpenAsync(await LinkAsync(provider));
        await plain.ContinueAsync();
        await plain.ApproveAsync();

        await plain.SeesAsync($"{title} is connected");
    }

    [Fact]
    public async Task On_a_phone_an_owner_says_which_client_is_meant()
    {
        await using var phone = await Chromium.VisitAsync(Screens.Phone());
        await phone.OpenAsync(await App.LinkAsync("bipsync"));

        // The browser itself holds the form back as long as the field does not have its pattern.
        await phone.Page.GetByLabel("client").FillAsync("Not A Client");
        await phone.ContinueAsync();
        Assert.True(await phone.Page.GetByLabel("client").EvaluateAsync<bool>("field => field.validity.patternMismatch"));
        await phone.Page.GetByLabel("client").FillAsync("acme");
        await phone.Page.Keyboard.PressAsync("Enter");
        await phone.ApproveAsync();

        await phone.SeesAsync("Bipsync is connected");
        Assert.Equal("acme", (await App.StoredAsync("bipsync"))!.Fields["client"]);
        Assert.Empty(phone.Complaints);
    }

    [Fact]
    public async Task Whoever_approved_before_is_sent_through_without_a_stop()
    {
        // Three redirections after one form, all held against the page's form-action by the browser.
        App.Providers.Bokio.Authorization.Settings.AutoApproveAs = "acme";
        await Owner.OpenAsync(await LinkAsync("bokio"));
        await Owner.ContinueAsync();

        await Owner.SeesAsync("Bokio is connected");
        Assert.Empty(Owner.Complaints);
    }

    [Fact]
    public async Task Whoever_came_from_the_marketplace_goes_back_there_and_it_learns_nothing()
    {
        var (tenant, referrers) = (App.Providers.Bokio.Company("market").Id, new List<string?>());
        await Owner.Context.RouteAsync("https://app.bokio.se/**", async route =>
        {
            referrers.Add((await route.Request.AllHeadersAsync()).GetValueOrDefault("referer"));
            await route.FulfillAsync(new() { ContentType = "text/html", Body = "<h1>Marketplace</h1>" });
        });
        await Owner.OpenAsync(
            new Uri(
                App.Connect,
                $"/connect/from/bokio?bokio_tenantid={tenant}&bokio_tenanttype=company&redirect_url=https%3A%2F%2Fapp.bokio.se%2Fapps"));
        await Owner.ContinueAsync();
        await Owner.ApproveAsync();
        await Owner.SeesAsync("Bokio is connected");
        await Owner.Page.GetByRole(AriaRole.Link, new() { Name = "Continue" }).ClickAsync();

        await Owner.SeesAsync("Marketplace");
        Assert.Equal([null], referrers);
    }

    [Fact]
    public async Task A_keyboard_is_enough()
    {
        await Owner.OpenAsync(await LinkAsync("bokio"));
        await Owner.Page.Keyboard.PressAsync("Tab");
        await Assertions.Expect(Owner.Page.Locator("main button")).ToBeFocusedAsync();
        await Owner.Page.Keyboard.PressAsync("Enter");

        await Owner.SeesAsync("Simulated bokio");
    }

    private Task<HttpStatusCode> CallAsync(string provider) => App.CallAsync(provider switch
    {
        "bokio" => $"bokio/companies/{App.Providers.Bokio.Company("acme").Id}/invoices",
        "bexio" => "bexio/3.0/users/me",
        "bipsync" => "bipsync/v1/contenttype",
        _ => "bookeo/settings/apikeyinfo",
    });
}
