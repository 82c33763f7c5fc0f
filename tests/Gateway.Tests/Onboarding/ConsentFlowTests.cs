using System.Net;
using System.Web;

using Gateway.Demo.Providers;

namespace Gateway.Tests.Onboarding;

/// <summary>Successful onboarding at each of the four providers.</summary>
public sealed class ConsentFlowTests : IAsyncLifetime
{
    private ConnectApp _app = null!;

    public async ValueTask InitializeAsync() => _app = await ConnectApp.StartAsync("Connect:ReturnPaths:0=/portal/");

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Theory]
    [InlineData("bokio", "Bokio is connected")]
    [InlineData("bexio", "bexio is connected")]
    [InlineData("bipsync", "Bipsync is connected")]
    [InlineData("bookeo", "Bookeo is connected")]
    public async Task A_link_leads_to_a_connection_that_serves(string provider, string title)
    {
        var link = await _app.LinkAsync(provider, body: provider == "bipsync" ? new { fields = new { client = "acme" } } : null);

        var page = await _app.WalkAsync(link);

        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Equal(title, page.Title);
        Assert.Equal(1, (await _app.StoredAsync(provider))!.Generation);
        Assert.Equal(HttpStatusCode.OK, await CallAsync(provider));
    }

    [Fact]
    public async Task The_page_shows_application_and_scopes_and_marks_write_access()
    {
        var page = await _app.Browser.GetAsync(await _app.LinkAsync("bokio"));

        Assert.Contains("<strong>Demo Ltd</strong> asks", page.Body, StringComparison.Ordinal);
        Assert.Contains("<strong>acme</strong>", page.Body, StringComparison.Ordinal);
        var marked = page.Body.IndexOf("<h3 class=\"mark\">Can change data or reaches far</h3>", StringComparison.Ordinal);
        var rest = page.Body.IndexOf("<h3>Everything else</h3>", StringComparison.Ordinal);
        Assert.InRange(page.Body.IndexOf("<li><code>invoices:write</code></li>", StringComparison.Ordinal), marked, rest);
        Assert.InRange(page.Body.IndexOf("<li><code>invoices:read</code></li>", StringComparison.Ordinal), rest, int.MaxValue);
        Assert.Contains("<html lang=\"en\">", page.Body, StringComparison.Ordinal);
        Assert.Single(page.Body.Split("<button").Skip(1));
    }

    [Fact]
    public async Task An_owner_enters_a_field_that_the_link_does_not_have()
    {
        var link = await _app.LinkAsync("bipsync");
        Assert.Contains("<label for=\"field.client\">", (await _app.Browser.GetAsync(link)).Body, StringComparison.Ordinal);

        var refused = await _app.Browser.PostAsync(link, ("field.client", "Not/A\"<Client>"));
        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Contains("aria-invalid=\"true\"", refused.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("<Client>", refused.Body, StringComparison.Ordinal);

        var page = await _app.WalkAsync(link, form: ("field.client", " acme "));

        Assert.Equal("Bipsync is connected", page.Title);
        Assert.Equal("acme", (await _app.StoredAsync("bipsync"))!.Fields["client"]);
    }

    [Fact]
    public async Task Account_data_from_the_provider_is_stored()
    {
        await _app.WalkAsync(await _app.LinkAsync("bokio"));
        await _app.WalkAsync(await _app.LinkAsync("bookeo"));

        var bokio = (await _app.StoredAsync("bokio"))!;
        Assert.Equal($"{_app.Providers.Bokio.Company("acme").Id}", bokio.Fields["tenant_id"]);
        Assert.Contains("connection_id", bokio.Fields.Keys);
        var bookeo = (await _app.StoredAsync("bookeo"))!;
        Assert.Equal("sim-account-acme", bookeo.Fields["accountId"]);
        Assert.Equal(["availability_r", "bookings_rw_own", "customers_rw_own"], bookeo.Scopes);
        Assert.Equal(["apiKey"], bookeo.Grant.Fields.Keys);
    }

    [Fact]
    public async Task Connecting_again_raises_the_generation_and_keeps_the_account()
    {
        await _app.WalkAsync(await _app.LinkAsync("bokio"));
        var link = await _app.LinkAsync("bokio");

        var provider = await _app.StartAsync(link);
        Assert.Equal(
            (await _app.StoredAsync("bokio"))!.Fields["tenant_id"], HttpUtility.ParseQueryString(provider.Query)["bokio_tenantid"]);
        var page = await _app.Browser.ArriveAsync(await _app.Browser.GetAsync(await _app.DecideAsync(provider)));

        Assert.Equal("Bokio is connected", page.Title);
        Assert.Equal(2, (await _app.StoredAsync("bokio"))!.Generation);
    }

    [Fact]
    public async Task A_company_that_the_token_cannot_access_is_not_connected()
    {
        _app.Providers.Bokio.Api.Faults.Add(
            $"/v1/companies/{_app.Providers.Bokio.Company("acme").Id}/company-information", Fault.Answer(401), times: 1);

        Assert.Contains("does not work", (await _app.WalkAsync(await _app.LinkAsync("bokio"))).Body, StringComparison.Ordinal);
        Assert.Null(await _app.StoredAsync("bokio"));
    }

    [Fact]
    public async Task Another_account_than_before_is_refused()
    {
        await _app.WalkAsync(await _app.LinkAsync("bookeo"), "acme");
        var before = await _app.StoredAsync("bookeo");

        var page = await _app.WalkAsync(await _app.LinkAsync("bookeo"), "somebody-else");

        Assert.Contains("Another account", page.Body, StringComparison.Ordinal);
        Assert.Equal(before, await _app.StoredAsync("bookeo"));
    }

    [Fact]
    public async Task A_link_may_request_fewer_scopes_and_the_operator_sees_the_missing_ones()
    {
        var link = await _app.LinkAsync("bokio", body: new { scopes = new[] { "invoices:read" } });

        var provider = await _app.StartAsync(link);
        Assert.Equal("invoices:read", HttpUtility.ParseQueryString(provider.Query)["scope"]);
        await _app.Browser.GetAsync(await _app.DecideAsync(provider));

        using var answer = await _app.Operator.GetAsync("/connections/bokio/acme");
        var view = await ConnectApp.JsonAsync(answer);
        Assert.Equal("""["invoices:read"]""", view["scopes"]!.ToJsonString());
        Assert.Contains("invoices:write", view["missingScopes"]!.AsArray().Select(static scope => (string)scope!));
        Assert.Null(view["elevatedScopes"]);
    }

    [Fact]
    public async Task The_last_page_links_to_the_return_target()
    {
        var page = await _app.WalkAsync(await _app.LinkAsync("bokio", body: new { returnTo = "/portal/companies/acme" }));

        Assert.Contains("href=\"/portal/companies/acme\"", page.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_owner_from_the_marketplace_is_sent_back_to_it()
    {
        var tenant = _app.Providers.Bokio.Company("market").Id;
        var entry = new Uri(
            _app.Connect,
            $"/connect/from/bokio?bokio_tenantid={tenant}&bokio_tenanttype=company&redirect_url=https%3A%2F%2Fapp.bokio.se%2Fapps");

        var link = (await _app.Browser.GetAsync(entry)).Target!;
        var page = await _app.WalkAsync(link);

        Assert.Equal("Bokio is connected", page.Title);
        Assert.Contains("href=\"https://app.bokio.se/apps\"", page.Body, StringComparison.Ordinal);
        Assert.Equal(1, (await _app.StoredAsync("bokio", $"{tenant}"))!.Generation);
    }

    [Theory]
    [InlineData("bokio_tenantid=not-a-tenant")]
    [InlineData("")]
    [InlineData("bokio_tenantid=11111111-1111-1111-1111-111111111111&redirect_url=https%3A%2F%2Fevil.example%2F")]
    [InlineData("bokio_tenantid=11111111-1111-1111-1111-111111111111&bokio_tenantid=21111111-1111-1111-1111-111111111111")]
    public async Task An_invalid_marketplace_entry_is_refused(string query)
    {
        var page = await _app.Browser.GetAsync(new Uri(_app.Connect, "/connect/from/bokio?" + query));

        Assert.Equal(HttpStatusCode.BadRequest, page.Status);
        Assert.Empty(_app.Once.Keys);
    }

    [Fact]
    public async Task Every_step_leaves_an_audit_line()
    {
        await _app.WalkAsync(await _app.LinkAsync("bokio"));

        var lines = _app.Logs.Entries.Where(static line => line.Category == "Gateway.Audit").Select(static line => line.EventId);
        Assert.Equal([5000, 5001, 5002], lines);
    }

    private Task<HttpStatusCode> CallAsync(string provider) => _app.CallAsync(provider switch
    {
        "bokio" => $"bokio/companies/{_app.Providers.Bokio.Company("acme").Id}/invoices",
        "bexio" => "bexio/3.0/users/me",
        "bipsync" => "bipsync/v1/contenttype",
        _ => "bookeo/settings/apikeyinfo",
    });
}
