using System.Net;

using Gateway.IntegrationTests.Oidc;

namespace Gateway.IntegrationTests.Browser;

/// <summary>Onboarding through the sign-in and consent pages of a certified server, with its redirections, cookies and forms.</summary>
[Collection(nameof(Chromium))]
public sealed class CertifiedWalkTests(Chromium chromium)
{
    [Fact]
    public async Task An_owner_signs_in_consents_and_the_connection_serves()
    {
        await using var owner = await chromium.VisitAsync();
        await using var app = await CertifiedApp.StartAsync("Basic");

        // The server's sign-in page loads a font from another host, which is not reachable here.
        await owner.Context.RouteAsync("https://**", static route => route.AbortAsync());
        await owner.OpenAsync(await app.Gateway.LinkAsync(CertifiedApp.Provider));
        await owner.ContinueAsync();
        await owner.Page.Locator("input[name=login]").FillAsync("owner");
        await owner.Page.Locator("input[name=password]").FillAsync("any");
        await owner.Page.Locator("button[type=submit]").ClickAsync();
        await owner.SeesAsync("Authorize");
        await owner.Page.Locator("button[type=submit]").ClickAsync();

        await owner.SeesAsync("certified is connected");
        Assert.Equal(HttpStatusCode.OK, (await app.CallAsync()).Status);
    }
}
