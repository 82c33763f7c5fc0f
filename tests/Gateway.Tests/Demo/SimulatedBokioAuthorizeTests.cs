using System.Net;

using Microsoft.AspNetCore.WebUtilities;

namespace Gateway.Tests.Demo;

public sealed class SimulatedBokioAuthorizeTests : BokioTests
{
    private const string Callback = "http://127.0.0.1:9/callback/bokio";

    [Fact]
    public async Task Code_works_once_with_its_redirect_address_and_within_five_minutes()
    {
        Bokio.Authorization.Settings.AutoApproveAs = "acme";

        var wrongAddress = await RedeemAsync(await CodeAsync(), "http://127.0.0.1:9/other");
        var code = await CodeAsync();
        var taken = await RedeemAsync(code, Callback);
        var twice = await RedeemAsync(code, Callback);
        var late = await CodeAsync();
        Time.Advance(TimeSpan.FromMinutes(5));
        var tooLate = await RedeemAsync(late, Callback);

        Assert.Equal([400, 200, 400, 400], [wrongAddress.Status, taken.Status, twice.Status, tooLate.Status]);
        Assert.All([wrongAddress, twice, tooLate], answer => Assert.Equal("invalid_grant", answer.Error));
        Assert.NotNull(taken.RefreshToken);
    }

    [Fact]
    public async Task Authorize_demands_state_and_hands_it_back()
    {
        Bokio.Authorization.Settings.AutoApproveAs = "acme";

        var without = await CallbackAsync(AuthorizeUrl(state: null));
        var with = await CallbackAsync(AuthorizeUrl("a state&more"));

        Assert.Equal("invalid_request", without["error"]);
        Assert.Equal("a state&more", with["state"]);
        Assert.True(with.ContainsKey("code"));
    }

    [Fact]
    public async Task Authorize_page_asks_and_the_owner_may_deny()
    {
        using var page = await Http.GetAsync(AuthorizeUrl("s1"), SimulatedClient.Deadline);
        using var denied = await Http.PostAsync(AuthorizeUrl("s1"), Form(("decision", "deny")), SimulatedClient.Deadline);
        using var approved =
            await Http.PostAsync(AuthorizeUrl("s1"), Form(("decision", "approve"), ("account", "beta")), SimulatedClient.Deadline);

        Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
        Assert.Contains("error=access_denied", denied.Headers.Location!.Query, StringComparison.Ordinal);
        var answer = await RedeemAsync(QueryHelpers.ParseQuery(approved.Headers.Location!.Query)["code"]!, Callback);
        Assert.Equal(Bokio.Company("beta").Id.ToString(), (string?)answer.Json["tenant_id"]);
    }

    [Fact]
    public async Task Authorize_does_not_redirect_to_an_address_that_is_not_registered()
    {
        using var answer = await Http.GetAsync(
            new Uri(AuthorizeUrl("s").AbsoluteUri.Replace("callback", "elsewhere", StringComparison.Ordinal)), SimulatedClient.Deadline);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Null(answer.Headers.Location);
    }

    private static FormUrlEncodedContent Form(params (string Name, string Value)[] fields) =>
        new(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));

    private Task<TokenAnswer> RedeemAsync(string code, string address) =>
        TokenAsync(Bokio.Client, ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", address));

    private async Task<string> CodeAsync() => (await CallbackAsync(AuthorizeUrl("s")))["code"];

    private async Task<Dictionary<string, string>> CallbackAsync(Uri address)
    {
        using var answer = await Http.GetAsync(address, SimulatedClient.Deadline);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        return QueryHelpers.ParseQuery(answer.Headers.Location!.Query)
            .ToDictionary(pair => pair.Key, pair => pair.Value.ToString(), StringComparer.Ordinal);
    }

    private Uri AuthorizeUrl(string? state)
    {
        Bokio.Client.AddRedirectUri(Callback);
        return new(QueryHelpers.AddQueryString(Bokio.AuthorizationEndpoint.AbsoluteUri,
            new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["response_type"] = "code",
                ["client_id"] = Bokio.Client.Id,
                ["redirect_uri"] = Callback,
                ["scope"] = "invoices:read",
                ["bokio_tenanttype"] = "company",
                ["state"] = state,
            }));
    }
}
