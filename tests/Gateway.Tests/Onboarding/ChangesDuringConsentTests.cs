using System.Net;
using System.Web;

namespace Gateway.Tests.Onboarding;

/// <summary>Operators change the configuration or the connection while an owner is at the provider; the owner always gets a page.</summary>
public sealed class ChangesDuringConsentTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private ConnectApp _app = null!;

    public async ValueTask InitializeAsync() => _app = await ConnectApp.StartAsync("--config", _directory.Write("more.json", "{}"));

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task An_owner_who_approves_creates_a_removed_connection_again()
    {
        await _app.WalkAsync(await _app.LinkAsync("bokio"));
        var callback = await _app.DecideAsync(await _app.StartAsync(await _app.LinkAsync("bokio")));
        using var removed = await _app.Operator.DeleteAsync("/connections/bokio/acme");
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);

        Assert.Equal("Bokio is connected", (await _app.Browser.ArriveAsync(await _app.Browser.GetAsync(callback))).Title);

        Assert.Equal(HttpStatusCode.OK, await _app.CallAsync($"bokio/companies/{_app.Providers.Bokio.Company("acme").Id}/invoices"));
    }

    [Fact]
    public async Task A_removed_provider_has_a_page_at_the_callback_and_the_link_until_it_is_configured_again()
    {
        await PutAsync(Passing("client-one"));
        var link = await _app.LinkAsync("passing");
        var callback = Callback(await _app.StartAsync(link));

        await PutAsync("{}");
        var (back, page, button) = (await ArriveAsync(callback), await _app.Browser.GetAsync(link), await _app.Browser.PostAsync(link));

        Assert.All(
            [back, page, button], static answer =>
                Assert.Equal((HttpStatusCode.NotFound, "This cannot be connected now"), (answer.Status, answer.Title)));
        Assert.Equal("/connect/problem/provider-gone", _app.Browser.Visited[^3].PathAndQuery);
        await PutAsync(Passing("client-one"));
        Assert.Equal("Connect passing", (await _app.Browser.GetAsync(link)).Title);
    }

    [Fact]
    public async Task A_code_of_a_replaced_client_is_not_redeemed_and_the_owner_starts_again()
    {
        await PutAsync(Passing("client-one"));
        var link = await _app.LinkAsync("passing");
        var callback = Callback(await _app.StartAsync(link));

        await PutAsync(Passing("client-two"));
        var back = await ArriveAsync(callback);

        Assert.Equal((HttpStatusCode.OK, "Connect passing"), (back.Status, back.Title));
        Assert.Contains("The settings have changed", back.Body, StringComparison.Ordinal);
        Assert.Equal("client-two", HttpUtility.ParseQueryString((await _app.StartAsync(link)).Query)["client_id"]);
        Assert.Equal(0, _app.CodesRedeemed);
        Assert.Contains(
            _app.Logs.Entries, static line =>
                line.EventId == 5003 && line.Message.Contains("passing for connection acme refused: changed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_provider_changed_to_kind_Secret_refuses_the_callback()
    {
        await PutAsync(Passing("client-one"));
        var callback = Callback(await _app.StartAsync(await _app.LinkAsync("passing")));

        await PutAsync($$$"""
            { "Providers": { "passing": { "Kind": "Secret", "Origin": "{{{Origin}}}", "Inject": { "Headers": { "Token": "{token}" } } } } }
            """);

        Assert.Equal("This cannot be connected now", (await ArriveAsync(callback)).Title);
        using var link = await _app.Operator.PostAsync("/connections/passing/acme/connect-link", null);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, link.StatusCode);
        Assert.Equal("not_connectable", (string)(await ConnectApp.JsonAsync(link))["code"]!);
    }

    [Fact]
    public async Task Without_a_public_address_no_link_is_created_and_an_older_one_shows_a_page()
    {
        var older = await _app.LinkAsync("bokio");
        await using var open = await ConnectApp.BesideAsync(_app, "Kestrel:Endpoints:Connect:Url=http://[::]:0", "Connect:PublicUrl=");
        var link = new UriBuilder(open.Connect) { Host = "127.0.0.1", Path = older.AbsolutePath }.Uri;

        Assert.All(
            [await _app.Browser.GetAsync(link), await _app.Browser.PostAsync(link)],
            static answer => Assert.Equal((HttpStatusCode.NotFound, "This cannot be connected now"), (answer.Status, answer.Title)));
        using var refused = await open.Operator.PostAsync("/connections/bokio/acme/connect-link", null);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        Assert.Contains(
            "Connect:PublicUrl", await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private string Origin => _app.Providers.Bokio.Api.Address.GetLeftPart(UriPartial.Authority);

    private async Task PutAsync(string json)
    {
        _directory.Write("more.json", json);
        await _app.ReloadAsync();
    }

    private string Passing(string client) => $$"""
        { "Providers": { "passing": {
          "Kind": "OAuth2", "Origin": "{{Origin}}", "AuthorizationEndpoint": "{{_app.Providers.Bokio.AuthorizationEndpoint}}",
          "TokenEndpoint": "{{_app.Providers.Bokio.TokenEndpoint}}", "ClientId": "{{client}}", "ClientSecret": "secret-of-these-tests" } } }
        """;

    private Uri Callback(Uri provider) =>
        new(_app.Connect, $"callback/passing?code=code-of-these-tests&state={HttpUtility.ParseQueryString(provider.Query)["state"]}");

    private async Task<OwnerBrowser.Answer> ArriveAsync(Uri address) =>
        await _app.Browser.ArriveAsync(await _app.Browser.GetAsync(address));
}
