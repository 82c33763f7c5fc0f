using System.Net;

using Gateway.Demo.Providers;

namespace Gateway.Tests.Onboarding;

/// <summary>A provider configured with only the address of its metadata.</summary>
public sealed class DiscoveryFlowTests
{
    private const string Document = "/realms/bexio/.well-known/openid-configuration";

    private static readonly string[] DiscoveryAlone =
        ["Providers:bexio:TokenEndpoint=", "Providers:bexio:AuthorizationEndpoint=", "Providers:bexio:Issuer="];

    [Fact]
    public async Task Consent_and_refresh_use_the_endpoints_of_the_metadata()
    {
        await using var app = await ConnectApp.StartAsync(DiscoveryAlone);
        var page = await app.WalkAsync(await app.LinkAsync("bexio"));
        Assert.Equal("bexio is connected", page.Title);

        // Cached metadata stays in use when the server no longer has the document.
        app.Providers.Bexio.Identity.Faults.Add(Document, Fault.Answer(404));
        app.Clock.Advance(TimeSpan.FromHours(2));
        app.Providers.Bexio.Authorization.ExpireAccessTokens();

        Assert.Equal(HttpStatusCode.OK, await app.CallAsync("bexio/3.0/users/me"));
        Assert.Equal(1, app.Providers.Bexio.Authorization.Counters.CallsOf("refresh_token"));
    }

    [Fact]
    public async Task The_form_action_policy_allows_the_endpoint_of_the_metadata()
    {
        await using var app = await ConnectApp.StartAsync(DiscoveryAlone);
        app.Providers.Bexio.Identity.Faults.Add(Document, Fault.SetField("authorization_endpoint", "https://login.elsewhere.example/auth"));

        var page = await app.Browser.GetAsync(await app.LinkAsync("bexio"));

        Assert.Contains(
            "form-action 'self' https://login.elsewhere.example https://*.elsewhere.example;", page.Header("Content-Security-Policy"),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_metadata_no_redirect_is_made()
    {
        await using var app = await ConnectApp.StartAsync(DiscoveryAlone);
        app.Providers.Bexio.Identity.Faults.Add(Document, Fault.SetField("issuer", "https://evil.example/realms/bexio"));

        var answer = await app.Browser.PostAsync(await app.LinkAsync("bexio"));

        Assert.Equal(HttpStatusCode.BadGateway, answer.Status);
        Assert.Null(answer.Target);
    }

    [Fact]
    public async Task A_callback_without_the_issuer_that_the_metadata_promises_is_refused()
    {
        await using var app = await ConnectApp.StartAsync(DiscoveryAlone);
        var callback = await app.DecideAsync(await app.StartAsync(await app.LinkAsync("bexio")));

        var answer =
            await app.Browser.GetAsync(new Uri(callback.AbsoluteUri[..callback.AbsoluteUri.IndexOf("&iss=", StringComparison.Ordinal)]));

        Assert.EndsWith("mixed-up", answer.Target!.AbsoluteUri, StringComparison.Ordinal);
        Assert.Equal(0, app.CodesRedeemed);
    }
}
