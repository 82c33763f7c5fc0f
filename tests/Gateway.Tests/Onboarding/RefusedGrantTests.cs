using Gateway.Demo.Providers;

namespace Gateway.Tests.Onboarding;

/// <summary>A consent that came too far: its grant exists, is not taken, and is given back where nothing else can end with it.</summary>
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
    public async Task The_first_one_that_does_not_work_is_given_back_and_the_link_goes_on()
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
    public async Task So_is_one_of_another_account()
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
    public async Task One_that_comes_as_its_connection_is_removed_is_given_back()
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
    public async Task While_anything_is_connected_it_lives_on_for_a_revocation_may_end_more_than_one_grant()
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
    public async Task Where_a_revocation_ends_one_grant_the_one_that_stays_stays()
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
    public async Task A_provider_that_hands_out_the_same_again_is_not_asked_to_end_it(string member)
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
    public async Task A_provider_that_does_not_answer_keeps_no_owner_waiting()
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
    public async Task A_store_that_is_away_tells_nothing_of_others_so_it_lives_on()
    {
        await StartAsync();
        _app.Providers.Bexio.Identity.Faults.Add(Token, Fault.Meanwhile(() => _app.Store.Away = true), times: 1);
        FailVerification();

        await _app.WalkAsync(await _app.LinkAsync("bexio"));

        await TellsAsync(5007, "bexio/acme");
        Assert.Single(Grants);
    }

    [Fact]
    public async Task A_provider_without_such_an_endpoint_is_told_nothing()
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
