using System.Net;

using Microsoft.Playwright;

namespace Gateway.IntegrationTests.Browser;

/// <summary>Onboarding from the connect link to a proxied call that the third party answers, at each of the four providers.</summary>
public sealed class OnboardingFlowTests(Chromium chromium) : BrowserTest(chromium)
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
        await BrowserPrivacy.AssertAsync(Owner, App.Connect, link);
    }

    [Theory]
    [InlineData("bokio", "Bokio")]
    [InlineData("bookeo", "Bookeo")]
    public async Task Onboarding_works_without_JavaScript(string provider, string title)
    {
        await using var plain = await Chromium.VisitAsync(Screens.WithoutScripts());
        await plain.OpenAsync(await LinkAsync(provider));
        await plain.ContinueAsync();
        await plain.ApproveAsync();

        await plain.SeesAsync($"{title} is connected");
    }

    [Fact]
    public async Task On_a_phone_the_owner_enters_the_client_field()
    {
        await using var phone = await Chromium.VisitAsync(Screens.Phone());
        await phone.OpenAsync(await App.LinkAsync("bipsync"));

        // The browser does not submit the form until the field matches its pattern.
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
    public async Task An_owner_who_approved_before_is_redirected_without_a_consent_page()
    {
        // Three redirections follow one form; the browser checks each against the page's form-action.
        App.Providers.Bokio.Authorization.Settings.AutoApproveAs = "acme";
        await Owner.OpenAsync(await LinkAsync("bokio"));
        await Owner.ContinueAsync();

        await Owner.SeesAsync("Bokio is connected");
        Assert.Empty(Owner.Complaints);
    }

    [Fact]
    public async Task An_owner_from_the_marketplace_returns_there_and_no_data_is_sent_to_it()
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
    public async Task Onboarding_works_with_the_keyboard_alone()
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
