using System.Text.RegularExpressions;

using Gateway.Demo.Providers;
using Gateway.Onboarding;

using Microsoft.Playwright;

namespace Gateway.IntegrationTests.Browser;

/// <summary>
/// Every page that an owner may see, on a desktop, in dark mode and on a phone, is accessible, fits the screen and is complete. With
/// <c>GATEWAY_SCREENSHOTS</c> set to a folder, a picture of each page is stored there.
/// </summary>
public sealed class GalleryTests(Chromium chromium) : BrowserTest(chromium)
{
    private static readonly string? Album = Environment.GetEnvironmentVariable("GATEWAY_SCREENSHOTS");

    [Theory]
    [InlineData("desktop")]
    [InlineData("dark")]
    [InlineData("phone")]
    public async Task Every_page_is_accessible_and_fits_the_screen(string screen)
    {
        await using var visit =
            await Chromium.VisitAsync(screen switch { "desktop" => Screens.Desktop(), "dark" => Screens.Dark(), _ => Screens.Phone() });
        var faults = new List<string>();
        await foreach (var name in PagesAsync(visit))
        {
            faults.AddRange((await FaultsAsync(visit.Page)).Select(fault => $"{name}: {fault}"));
            if (Album is not null)
            {
                await visit.Page.ScreenshotAsync(new() { Path = Path.Combine(Album, $"{name}-{screen}.png"), FullPage = true });
            }
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task An_inaccessible_page_is_found()
    {
        await Owner.Page.SetContentAsync(
            "<main style='width: 200vw'><h1>Title</h1><p style='color: #ccc'>Faint</p><input style='height: 1rem'></main>");

        var faults = string.Join('\n', await FaultsAsync(Owner.Page));

        Assert.Contains("color-contrast", faults, StringComparison.Ordinal);
        Assert.Contains("scrolls sideways", faults, StringComparison.Ordinal);
        Assert.Contains("small: <input", faults, StringComparison.Ordinal);
    }

    private static async Task<IEnumerable<string>> FaultsAsync(IPage page) =>
        [.. await Accessibility.ViolationsAsync(page), .. await Accessibility.MisfitsAsync(page)];

    private async IAsyncEnumerable<string> PagesAsync(Visit visit)
    {
        foreach (var provider in new[] { "bokio", "bexio", "bipsync", "bookeo" })
        {
            await visit.OpenAsync(await LinkAsync(provider));
            yield return $"consent-{provider}";

            await visit.ContinueAsync();
            await visit.SeesAsync($"Simulated {provider}");
            yield return $"provider-{provider}";

            await visit.ApproveAsync();
            await Assertions.Expect(visit.Page).ToHaveTitleAsync(new Regex("is connected", RegexOptions.None, TimeSpan.FromSeconds(1)));
            yield return $"done-{provider}";
        }

        await foreach (var name in DetoursAsync(visit))
        {
            yield return name;
        }

        foreach (var refusal in Refusal.All)
        {
            await visit.OpenAsync(new Uri(App.Connect, $"/connect/problem/{refusal.Word}"));
            yield return $"problem-{refusal.Word}";
        }
    }

    private async IAsyncEnumerable<string> DetoursAsync(Visit visit)
    {
        await visit.OpenAsync(await App.LinkAsync("bipsync", "field"));
        yield return "field";

        // A browser that does not support the attribute pattern sends this.
        await visit.Page.EvaluateAsync("document.querySelector('form').noValidate = true");
        await visit.Page.GetByLabel("client").FillAsync("Not A Client");
        await visit.ContinueAsync();
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
        yield return "field-wrong";

        await visit.OpenAsync(await App.LinkAsync("bokio", "declined", new { returnTo = "/portal/companies/acme" }));
        await visit.ContinueAsync();
        await visit.DenyAsync();
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Status)).ToBeVisibleAsync();
        yield return "declined";

        App.Providers.Bokio.Api.Faults.Add("/v1/token", Fault.SetField("scope", "invoices:read"), times: 1);
        App.Providers.Bokio.Api.Faults.Add("/v1/token", Fault.RemoveField("refresh_token"), times: 1);
        await visit.ContinueAsync();
        await visit.ApproveAsync();
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Link, new() { Name = "Continue" })).ToBeVisibleAsync();
        yield return "done-incomplete";

        await visit.OpenAsync(await App.LinkAsync("bokio", "unsaved"));
        await visit.ContinueAsync();
        await visit.SeesAsync("Simulated bokio");
        App.Providers.Bokio.Api.Faults.Add("/v1/token", Fault.Meanwhile(() => App.IsStoreAway = true), times: 1);
        await visit.ApproveAsync();
        await visit.SeesAsync("Bokio is almost connected");
        yield return "done-unsaved";

        await visit.OpenAsync(new Uri(App.Connect, $"/connect/{new string('A', 43)}"));
        await visit.SeesAsync("Not possible now");
        yield return "store-away";

        App.IsStoreAway = false;
        await visit.OpenAsync(App.Providers.Bokio.AuthorizationEndpoint);
        yield return "provider-error";
    }
}
