using System.Net;

namespace Gateway.Tests.Demo;

public sealed class SimulatedBokioTokenTests : BokioTests
{
    [Fact]
    public async Task Refresh_rotates_and_spends_the_old_refresh_token_at_once()
    {
        var first = Bokio.Connect("acme");

        var second = await RefreshAsync(first.RefreshToken!);
        var again = await RefreshAsync(first.RefreshToken!);

        Assert.Equal(200, second.Status);
        Assert.NotEqual(first.RefreshToken, second.RefreshToken);
        Assert.Equal("bearer", (string?)second.Json["token_type"]);
        Assert.Equal(3600, (int)second.Json["expires_in"]!);
        Assert.Equal((400, "invalid_grant"), (again.Status, again.Error));
        Assert.Equal(1, Bokio.Authorization.Counters.SpentRefreshTokenReuses);
        Assert.Equal(2, Bokio.Authorization.Counters.CallsOf("refresh_token"));
        Assert.Equal(2, Bokio.Authorization.Counters.PresentationsOf(first.RefreshToken!));
        Assert.True(Bokio.Authorization.IsLive(first.AccessToken), "Bokio does not revoke the older access token.");
    }

    [Fact]
    public async Task Token_answer_names_the_tenant_and_the_connection()
    {
        var tokens = Bokio.Connect("acme");

        var answer = await RefreshAsync(tokens.RefreshToken!);

        Assert.Equal("company", (string?)answer.Json["tenant_type"]);
        Assert.Equal(Bokio.Company("acme").Id.ToString(), (string?)answer.Json["tenant_id"]);
        Assert.Equal(tokens.Grant.Id.ToString(), (string?)answer.Json["connection_id"]);
    }

    [Fact]
    public async Task Client_credentials_in_the_body_are_refused()
    {
        var tokens = Bokio.Connect("acme");

        var answer = await TokenAsync(basic: null, ("grant_type", "refresh_token"), ("refresh_token", tokens.RefreshToken!),
            ("client_id", Bokio.Client.Id), ("client_secret", Bokio.Client.Secret));

        Assert.Equal((401, "invalid_client"), (answer.Status, answer.Error));
        Assert.NotNull((string?)answer.Json["error_description"]);
    }

    [Fact]
    public async Task A_changed_client_secret_is_invalid_client_and_spends_nothing()
    {
        var tokens = Bokio.Connect("acme");
        var stale = Bokio.Client with { };
        Bokio.Client.Secret = "sim-another-secret";

        var refused = await TokenAsync(stale, ("grant_type", "refresh_token"), ("refresh_token", tokens.RefreshToken!));
        var taken = await RefreshAsync(tokens.RefreshToken!);

        Assert.Equal((401, "invalid_client"), (refused.Status, refused.Error));
        Assert.Equal(200, taken.Status);
    }

    [Fact]
    public async Task Client_credentials_give_a_general_token_without_tenant_and_refresh_token()
    {
        var answer = await TokenAsync(Bokio.Client, ("grant_type", "client_credentials"));

        Assert.Equal("general", (string?)answer.Json["tenant_type"]);
        Assert.Null(answer.Json["tenant_id"]);
        Assert.Null(answer.Json["connection_id"]);
        Assert.False(answer.Json.ContainsKey("refresh_token"));
        using var refused = await CompanyAsync("invoices", answer.AccessToken);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }
}
