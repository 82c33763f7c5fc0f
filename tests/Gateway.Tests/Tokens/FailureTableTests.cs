using System.Globalization;

using Gateway.Model;

namespace Gateway.Tests.Tokens;

/// <summary>The failure table row by row: from an answer on the wire to the recorded failure and the caller's answer.</summary>
public sealed class FailureTableTests : RefreshStage
{
    private const string Json = "application/json";
    private const string Html = "text/html";

    [Theory]
    [InlineData(400, Json, """{"error":"invalid_grant"}""", "invalid_grant")]
    [InlineData(401, Json, """{"error":"invalid_grant"}""", "invalid_grant")]
    [InlineData(403, Json, """{"error":"invalid_grant","error_description":"try again later"}""", "invalid_grant")]
    [InlineData(400, "text/plain", """{"error":"invalid_grant"}""", "invalid_grant")]
    public async Task Permanent_errors_end_the_grant_which_is_never_presented_again(int status, string type, string body, string reason)
    {
        var failure = await FailAsync(status, body, type);

        Assert.Equal(GatewayError.ReauthorizationRequired, failure.Error);
        Assert.Equal((RefreshOutcome.Permanent, reason, DateTimeOffset.MaxValue), await RememberedAsync());
        Assert.NotNull((await StoredAsync())!.DeadSince);
        Clock.Advance(TimeSpan.FromDays(30));
        AssertRefuses(await GetAsync(), GatewayError.ReauthorizationRequired);
        Assert.Equal(1, Server.Calls);
    }

    [Theory]
    [InlineData(400, """{"error":"invalid_client"}""", "invalid_client")]
    [InlineData(401, """{"error":"invalid_client"}""", "invalid_client")]
    [InlineData(403, """{"error":"invalid_client"}""", "invalid_client")]
    [InlineData(400, """{"error":"unauthorized_client"}""", "unauthorized_client")]
    [InlineData(400, """{"error":"invalid_scope"}""", "invalid_scope")]
    [InlineData(400, """{"error":"unsupported_grant_type"}""", "unsupported_grant_type")]
    [InlineData(400, """{"error":"invalid_request"}""", "invalid_request")]
    public async Task Configuration_errors_make_the_provider_misconfigured_and_keep_the_grant(int status, string body, string reason)
    {
        var failure = await FailAsync(status, body);

        Assert.Equal((GatewayError.ProviderMisconfigured, (TimeSpan?)null), (failure.Error, failure.RetryAfter));
        var (outcome, remembered, _) = await RememberedAsync();
        Assert.Equal((RefreshOutcome.Configuration, reason), (outcome, remembered));
        Assert.Null((await StoredAsync())!.DeadSince);
        await AssertRecoversAsync();
    }

    [Theory]
    [InlineData(400, Html, "<html>invalid_grant</html>", "http_400")]
    [InlineData(400, Json, """{"error":"invalid_grant","error":"invalid_client"}""", "http_400")]
    [InlineData(400, Json, """{"error":["invalid_grant"]}""", "http_400")]
    [InlineData(400, Json, """{"error":"INVALID_GRANT"}""", "http_400")]
    [InlineData(400, Json, """[{"error":"invalid_grant"}]""", "http_400")]
    [InlineData(400, Json, """{"error":"invalid_grant" """, "http_400")]
    [InlineData(400, Json, "", "http_400")]
    [InlineData(401, Html, "<html>who are you</html>", "http_401")]
    [InlineData(403, Html, "<html>captive portal</html>", "http_403")]
    [InlineData(404, Json, """{"error":"invalid_grant"}""", "http_404")]
    [InlineData(408, Json, "", "http_408")]
    [InlineData(418, Json, """{"error":"invalid_client"}""", "http_418")]
    [InlineData(425, Json, "", "http_425")]
    [InlineData(429, Json, """{"error":"invalid_grant"}""", "http_429")]
    [InlineData(500, Json, """{"error":"invalid_grant"}""", "http_500")]
    [InlineData(502, Html, "<html>", "http_502")]
    [InlineData(503, Json, """{"error":"invalid_client"}""", "http_503")]
    [InlineData(504, Html, "", "http_504")]
    [InlineData(301, Html, "", "http_301")]
    [InlineData(302, Json, """{"error":"invalid_grant"}""", "http_302")]
    [InlineData(307, Json, """{"access_token":"t"}""", "http_307")]
    [InlineData(201, Json, """{"access_token":"t"}""", "http_201")]
    [InlineData(200, Json, """{"error":"invalid_grant"}""", "malformed")]
    [InlineData(200, Json, """{"error":"invalid_client","access_token":"t"}""", "malformed")]
    [InlineData(200, Html, "<html>welcome</html>", "malformed")]
    [InlineData(200, Json, """{"access_token":"t","token_type":"mac"}""", "malformed")]
    [InlineData(200, Json, """{"access_token":""}""", "malformed")]
    [InlineData(200, Json, "", "malformed")]
    public async Task Transient_errors_start_a_backoff_and_the_connection_recovers(int status, string type, string body, string reason)
    {
        var failure = await FailAsync(status, body, type);

        Assert.Equal(GatewayError.CredentialUnavailable, failure.Error);
        Assert.InRange(failure.RetryAfter!.Value.TotalSeconds, 0.8, 1.2);
        Assert.Equal((RefreshOutcome.Transient, reason, Clock.GetUtcNow() + failure.RetryAfter.Value), await RememberedAsync());
        Assert.Equal(1, Server.Calls);
        await AssertRecoversAsync();
    }

    [Theory]
    [InlineData(429, "40", 40)]
    [InlineData(503, "40", 40)]
    [InlineData(429, "Tue, 01 Jan 2030 12:00:40 GMT", 40)]
    [InlineData(429, "Tue, 01 Jan 2030 11:00:00 GMT", null)]
    [InlineData(429, "Fri, 31 Dec 9999 23:59:59 GMT", 3600)]
    [InlineData(429, "31536000", 3600)]
    [InlineData(429, "99999999999999999999", null)]
    [InlineData(429, "-40", null)]
    [InlineData(429, "in a while", null)]
    [InlineData(429, "0", null)]
    public async Task Retry_After_is_obeyed_for_at_most_an_hour_and_malformed_values_are_ignored(int status, string header, int? seconds)
    {
        Server.Say(status, "", headers: [("Retry-After", header), ("Date", "Tue, 01 Jan 2030 12:00:00 GMT")]);
        await StoreExpiredAsync();

        var failure = (await GetAsync()).Failure!;

        if (seconds is { } expected)
        {
            Assert.Equal(TimeSpan.FromSeconds(expected), failure.RetryAfter);
        }
        else
        {
            Assert.InRange(failure.RetryAfter!.Value.TotalSeconds, 0.8, 1.2);
        }
    }

    [Fact]
    public async Task Retry_After_is_obeyed_also_when_the_client_is_refused()
    {
        Server.Say(401, """{"error":"invalid_client"}""", headers: ("Retry-After", "120"));
        await StoreExpiredAsync();
        AssertRefuses(await GetAsync(), GatewayError.ProviderMisconfigured);

        Clock.Advance(TimeSpan.FromSeconds(119));
        AssertRefuses(await GetAsync(), GatewayError.ProviderMisconfigured);
        Assert.Equal(1, Server.Calls);
        Clock.Advance(TimeSpan.FromSeconds(1));
        AssertRefuses(await GetAsync(), GatewayError.ProviderMisconfigured);
        Assert.Equal(2, Server.Calls);
    }

    [Fact]
    public async Task A_refused_TCP_connection_may_be_retried_at_once()
    {
        await Server.DisposeAsync();
        await StoreExpiredAsync();

        AssertRefuses(await GetAsync(), GatewayError.CredentialUnavailable);
        Assert.Equal("connect", (await StoredAsync())!.LastFailure!.Reason);
    }

    private async Task<CredentialFailure> FailAsync(int status, string body, string type = Json)
    {
        Server.Say(status, body, type);
        await StoreExpiredAsync();
        var result = await GetAsync();
        Assert.False(result.TryGet(out _, out var failure), string.Create(CultureInfo.InvariantCulture, $"{status} gave a credential."));
        var stored = (await StoredAsync())!;
        Assert.Equal(("refresh-0", "access-0", 1L), (stored.Grant.RefreshToken.Reveal(), stored.Token!.Value.Reveal(), stored.Generation));
        return failure;
    }

    private async Task<(RefreshOutcome Outcome, string Reason, DateTimeOffset RetryAt)> RememberedAsync()
    {
        var failure = (await StoredAsync())!.LastFailure!;
        return (failure.Outcome, failure.Reason, failure.RetryAt);
    }

    private async Task AssertRecoversAsync()
    {
        Server.Answer = Server.RotateAsync;
        Clock.Advance(TimeSpan.FromSeconds(2));
        AssertServes(await GetAsync(), "access-2", 2);
        Assert.Null((await StoredAsync())!.LastFailure);
    }
}
