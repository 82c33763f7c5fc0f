using Gateway.Demo.Providers;

namespace Gateway.Tests.Onboarding;

/// <summary>A consent whose grant is refused after the code exchange is revoked, unless the revocation may end another grant.</summary>
public sealed class RefusedGrantTests : IAsyncLifetime
{
    private const string Revocation = "/realms/bexio/protocol/openid-connect/revoke";
    private const string Token = "/realms/bexio/protocol/openid-connect/token";
    private const string Verification = "/3.0/users/me";
    private const string PerGrant = "Providers:bexio:RevocationIsPerGrant=true";

    private ConnectApp _app = null!;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task A_first_grant_that_fails_verification_is_revoked_and_the_link_stays_valid()
    {
        await StartAsync();
        var link = await _app.LinkAsync("bexio");
        FailVerification();

        Assert.Contains("does not work", (await _app.WalkAsync(link)).Body, StringComparison.Ordinal);

        await TellsAsync(5006, "revoked");
        Assert.Empty(Grants);
        Assert.Equal("bexio is connected", (await _app.WalkAsync(link)).Title);
    }

    [Fact]
    public async Task A_grant_of_another_account_is_revoked()
    {
        await StartAsync("Providers:bexio:Onboarding:Keep:company=[a-z]+", "Providers:bexio:Onboarding:Identity=company");
        _app.Providers.Bexio.Identity.Faults.Add(Token, Fault.SetField("company", "other"), times: 1);

        Assert.Contains(
            "Another account", (await _app.WalkAsync(await _app.LinkAsync("bexio", body: new { fields = new { company = "acme" } }))).Body,
            StringComparison.Ordinal);

        await TellsAsync(5006, "revoked");
        Assert.Empty(Grants);
    }

    [Fact]
    public async Task A_grant_whose_connection_was_removed_is_revoked()
    {
        await StartAsync();
        await _app.WalkAsync(await _app.LinkAsync("bexio"));
        var link = await _app.LinkAsync("bexio");
        _app.Providers.Bexio.Identity.Faults.Add(
            Token, Fault.Meanwhile(() => _app.Store.RemoveAsync(new("bexio", "acme"), default).AsTask().Wait()), times: 1);

        Assert.Contains("settings have changed", (await _app.WalkAsync(link)).Body, StringComparison.Ordinal);

        await TellsAsync(5006, "revoked");
        Assert.Null(await _app.StoredAsync("bexio"));
        Assert.Single(Grants);
    }

    [Fact]
    public async Task A_refused_grant_is_not_revoked_while_another_connection_exists()
    {
        await StartAsync();
        await _app.WalkAsync(await _app.LinkAsync("bexio", "first"));
        FailVerification();

        await _app.WalkAsync(await _app.LinkAsync("bexio", "second"));

        await TellsAsync(5007, "bexio/second");
        Assert.Equal(2, Grants.Count);
        Assert.Empty(_app.Providers.Bexio.Identity.Requests.At(Revocation));
    }

    [Fact]
    public async Task A_revocation_that_ends_one_grant_keeps_the_stored_one()
    {
        await StartAsync(PerGrant);
        await _app.WalkAsync(await _app.LinkAsync("bexio"));
        FailVerification();

        await _app.WalkAsync(await _app.LinkAsync("bexio"));

        await TellsAsync(5006, "revoked");
        Assert.Equal(1, (await _app.StoredAsync("bexio"))!.Generation);
        Assert.True(_app.Providers.Bexio.Authorization.IsLive((await _app.StoredAsync("bexio"))!.Token!.Value.Reveal()));
    }

    [Theory]
    [InlineData("refresh_token")]
    [InlineData("access_token")]
    public async Task A_refused_grant_with_stored_tokens_is_not_revoked(string member)
    {
        await StartAsync(PerGrant);
        await _app.WalkAsync(await _app.LinkAsync("bexio"));
        var stored = (await _app.StoredAsync("bexio"))!;
        var same = member == "refresh_token" ? stored.Grant.RefreshToken : stored.Token!.Value;
        _app.Providers.Bexio.Identity.Faults.Add(Token, Fault.SetField(member, same.Reveal()), times: 1);
        FailVerification();

        await _app.WalkAsync(await _app.LinkAsync("bexio"));

        await TellsAsync(5007, "bexio/acme");
        Assert.Empty(_app.Providers.Bexio.Identity.Requests.At(Revocation));
    }

    [Fact]
    public async Task The_owner_does_not_wait_for_a_stalled_revocation()
    {
        await StartAsync();
        var gate = new Gate();
        _app.Providers.Bexio.Identity.Faults.Add(Revocation, Fault.HoldBefore(gate));
        FailVerification();

        Assert.Contains("does not work", (await _app.WalkAsync(await _app.LinkAsync("bexio"))).Body, StringComparison.Ordinal);

        await gate.ArrivalsAsync();
        _app.Clock.Advance(TimeSpan.FromSeconds(5));
        await TellsAsync(5006, "timeout");
        gate.Open();
    }

    [Fact]
    public async Task A_refused_grant_is_not_revoked_during_a_store_outage()
    {
        await StartAsync();
        _app.Providers.Bexio.Identity.Faults.Add(Token, Fault.Meanwhile(() => _app.Store.Away = true), times: 1);
        FailVerification();

        await _app.WalkAsync(await _app.LinkAsync("bexio"));

        await TellsAsync(5007, "bexio/acme");
        Assert.Single(Grants);
    }

    [Fact]
    public async Task A_provider_without_a_revocation_endpoint_is_not_called()
    {
        await StartAsync();
        _app.Providers.Bokio.Api.Faults.Add(
            $"/v1/companies/{_app.Providers.Bokio.Company("acme").Id}/company-information", Fault.Answer(401), times: 1);
        await _app.WalkAsync(await _app.LinkAsync("bokio"));
        FailVerification();
        await _app.WalkAsync(await _app.LinkAsync("bexio"));
        await TellsAsync(5006, "bexio/acme");

        Assert.DoesNotContain(
            _app.Logs.Entries, static line => line.EventId is 5006 or 5007 && line.Message.Contains("bokio", StringComparison.Ordinal));
        Assert.Single(_app.Providers.Bokio.Authorization.Issuer.Grants);
    }

    private IReadOnlyList<SimulatedGrant> Grants => _app.Providers.Bexio.Authorization.Issuer.Grants;

    private async Task StartAsync(params string[] settings) => _app = await ConnectApp.StartAsync(settings);

    private void FailVerification() => _app.Providers.Bexio.Api.Faults.Add(Verification, Fault.Answer(401), times: 1);

    private Task TellsAsync(int number, string word) => Eventually.TrueAsync(
        () => _app.Logs.Entries.Any(line => line.EventId == number && line.Message.Contains(word, StringComparison.Ordinal)),
        $"{number} with '{word}' was not logged");
}
