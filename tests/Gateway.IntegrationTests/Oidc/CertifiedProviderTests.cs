using System.Net;

namespace Gateway.IntegrationTests.Oidc;

/// <summary>
/// Tests against an authorization server that the OpenID Foundation certified and an API that introspects every token.
/// </summary>
public sealed class CertifiedProviderTests
{
    [Theory]
    [InlineData("Basic")]
    [InlineData("Body")]
    public async Task A_connection_passes_consent_rotation_and_revocation(string method)
    {
        await using var app = await CertifiedApp.StartAsync(method);

        // A code with PKCE is redeemed, and its token verified at the API, before the connection is stored.
        Assert.Equal("certified is connected", (await app.ConnectAsync()).Title);
        var first = await app.StoredAsync();
        var (status, replay, body) = await app.CallAsync();
        Assert.Equal((HttpStatusCode.OK, ""), (status, replay));
        Assert.Equal(("owner", CertifiedApp.ClientId), ((string?)body["sub"], (string?)body["client_id"]));
        Assert.Equal(["openid", "offline_access"], first.Scopes);

        // The server invalidates the token: the API refuses it, a refresh returns a new token and a new refresh token.
        await app.ForgetTokenAsync();
        Assert.Equal((HttpStatusCode.OK, "replayed"), await StatusAsync(app));
        var second = await app.StoredAsync();
        Assert.Equal(2, second.Generation);
        Assert.NotEqual(first.Grant.RefreshToken, second.Grant.RefreshToken);
        Assert.Equal(HttpStatusCode.OK, await app.ShowAsync(second.Token!.Value));

        // Removing the connection revokes the grant at the server (RFC 7009).
        using var removed = await app.Gateway.Operator.DeleteAsync("/connections/certified/acme");
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await app.ShowAsync(second.Token!.Value));
    }

    [Fact]
    public async Task Many_callers_with_an_invalidated_token_cause_one_refresh()
    {
        await using var app = await CertifiedApp.StartAsync("Body");
        await app.ConnectAsync();
        await app.ForgetTokenAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 24).Select(_ => app.CallAsync()));

        Assert.All(answers, static answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.Equal(2, (await app.StoredAsync()).Generation);
    }

    [Fact]
    public async Task A_reused_refresh_token_ends_the_connection_until_its_owner_approves_again()
    {
        await using var app = await CertifiedApp.StartAsync("Body");
        await app.ConnectAsync();

        // The server sees the old token again, treats it as stolen and revokes the grant (RFC 9700 section 4.14.2).
        var stolen = (await app.StoredAsync()).Grant.RefreshToken;
        Assert.Equal(HttpStatusCode.OK, await app.RefreshAsync(stolen));
        Assert.Equal(HttpStatusCode.BadRequest, await app.RefreshAsync(stolen));

        Assert.Equal((HttpStatusCode.Unauthorized, "skipped; reason=refresh-failed"), await StatusAsync(app));
        Assert.Equal((HttpStatusCode.FailedDependency, ""), await StatusAsync(app));
        Assert.Equal("certified is connected", (await app.ConnectAsync()).Title);
        Assert.Equal((HttpStatusCode.OK, ""), await StatusAsync(app));
    }

    [Fact]
    public async Task An_owner_who_cancels_changes_nothing()
    {
        await using var app = await CertifiedApp.StartAsync("Body");

        var page = await app.DeclineAsync();

        Assert.Contains("You did not approve", page.Body, StringComparison.Ordinal);
        Assert.Null(await app.Gateway.StoredAsync(CertifiedApp.Provider));
    }

    [Fact]
    public async Task A_wrong_client_secret_is_reported_as_a_configuration_error()
    {
        await using var app = await CertifiedApp.StartAsync("Basic", "Providers:certified:ClientSecret=another");

        var page = await app.ConnectAsync();

        Assert.Contains("The provider refused the request", page.Body, StringComparison.Ordinal);
        Assert.Null(await app.Gateway.StoredAsync(CertifiedApp.Provider));
    }

    private static async Task<(HttpStatusCode Status, string Replay)> StatusAsync(CertifiedApp app) =>
        await app.CallAsync() is var (status, replay, _) ? (status, replay) : default;
}
