using System.Net;

using Gateway.Demo.Providers;

namespace Gateway.Tests.Onboarding;

/// <summary>Removing a connection tells the provider, and does not wait for its consent.</summary>
public sealed class DisconnectTests : IAsyncLifetime
{
    private ConnectApp _app = null!;

    public async ValueTask InitializeAsync() => _app = await ConnectApp.StartAsync();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Theory]
    [InlineData("bokio")]
    [InlineData("bexio")]
    public async Task The_provider_forgets_what_was_removed(string provider)
    {
        await _app.WalkAsync(await _app.LinkAsync(provider));
        var token = (await _app.StoredAsync(provider))!.Token!.Value.Reveal();
        Assert.True(IsLive(provider, token));

        using var answer = await _app.Operator.DeleteAsync($"/connections/{provider}/acme");

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Null(await _app.StoredAsync(provider));
        Assert.False(IsLive(provider, token));
        Assert.Contains(_app.Logs.Entries, static line => line.EventId == 3005 && line.Message.Contains("revoked", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_provider_that_fails_keeps_no_secret_here()
    {
        await _app.WalkAsync(await _app.LinkAsync("bexio"));
        _app.Providers.Bexio.Identity.Faults.Add("/realms/bexio/protocol/openid-connect/revoke", Fault.Answer(500));

        using var answer = await _app.Operator.DeleteAsync("/connections/bexio/acme");

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Null(await _app.StoredAsync("bexio"));
        Assert.Contains(_app.Logs.Entries, static line => line.EventId == 3005 && line.Message.Contains("http_500", StringComparison.Ordinal));
    }

    private bool IsLive(string provider, string token) =>
        (provider == "bokio" ? _app.Providers.Bokio.Authorization : _app.Providers.Bexio.Authorization).IsLive(token);
}
