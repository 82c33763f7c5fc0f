using System.Net;

using Gateway.Demo.Providers;

namespace Gateway.Tests.Onboarding;

/// <summary>Removing a connection revokes it at the provider, and does not depend on the answer.</summary>
public sealed class DisconnectTests : IAsyncLifetime
{
    private ConnectApp _app = null!;

    public async ValueTask InitializeAsync() => _app = await ConnectApp.StartAsync();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Theory]
    [InlineData("bokio")]
    [InlineData("bexio")]
    public async Task Removing_a_connection_revokes_it_at_the_provider(string provider)
    {
        await _app.WalkAsync(await _app.LinkAsync(provider));
        var token = (await _app.StoredAsync(provider))!.Token!.Value.Reveal();
        Assert.True(IsLive(provider, token));

        using var answer = await _app.Operator.DeleteAsync($"/connections/{provider}/acme");

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Null(await _app.StoredAsync(provider));
        Assert.False(IsLive(provider, token));
        Assert.Contains(
            _app.Logs.Entries, static line => line.EventId == 3005 && line.Message.Contains("revoked", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_failed_revocation_still_removes_the_stored_secrets()
    {
        await _app.WalkAsync(await _app.LinkAsync("bexio"));
        _app.Providers.Bexio.Identity.Faults.Add("/realms/bexio/protocol/openid-connect/revoke", Fault.Answer(500));

        using var answer = await _app.Operator.DeleteAsync("/connections/bexio/acme");

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Null(await _app.StoredAsync("bexio"));
        Assert.Contains(
            _app.Logs.Entries, static line => line.EventId == 3005 && line.Message.Contains("http_500", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_connection_put_with_its_fields_is_verified_and_revoked_like_an_approved_one()
    {
        var tokens = _app.Providers.Bokio.Connect("acme");
        var fields = new { tenant_id = _app.Providers.Bokio.Company("acme").Id, connection_id = tokens.Grant.Id };
        using var refused = await _app.Operator.PutAsJsonAsync(
            "/connections/bokio/acme", new { refreshToken = tokens.RefreshToken, fields = new { tenant_id = "x" } });
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        using var put = await _app.Operator.PutAsJsonAsync(
            "/connections/bokio/acme", new { refreshToken = tokens.RefreshToken, accessToken = tokens.AccessToken, fields });
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);

        using var verified = await _app.Operator.PostAsync("/connections/bokio/acme/verify", null);
        Assert.True((bool)(await ConnectApp.JsonAsync(verified))["verified"]!);
        using var removed = await _app.Operator.DeleteAsync("/connections/bokio/acme");

        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        Assert.False(IsLive("bokio", tokens.AccessToken));
    }

    private bool IsLive(string provider, string token) =>
        (provider == "bokio" ? _app.Providers.Bokio.Authorization : _app.Providers.Bexio.Authorization).IsLive(token);
}
