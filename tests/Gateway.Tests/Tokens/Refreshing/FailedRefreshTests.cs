using Gateway.Model;

namespace Gateway.Tests.Tokens.Refreshing;

/// <summary>Effects of a failed refresh on its connection.</summary>
public sealed class FailedRefreshTests : RefreshStage
{
    [Fact]
    public async Task A_dead_grant_is_presented_once_and_its_token_serves_until_it_is_rejected()
    {
        await StoreAsync(Some.Connection(Clock.GetUtcNow().AddMinutes(3)));
        Server.Say(400, """{"error":"invalid_grant","error_description":"canary-description"}""");

        AssertServes(await GetAsync(), "access-0", 1);
        await Eventually.TrueAsync(async () => (await StoredAsync())!.DeadSince is not null, () => "The renewal did not fail.");
        await Eventually.TrueAsync(
            () => Instance.Snapshot.Find(Some.Acme)?.Connection?.DeadSince is not null, "The cache was not updated.");
        var serving = await GetAsync();
        AssertServes(serving, "access-0", 1);
        AssertRefuses(await ReplaceAsync(serving.Credential!), GatewayError.ReauthorizationRequired);
        await Eventually.TrueAsync(async () => (await GetAsync()).Credential is null, () => "A rejected token serves.");

        var refused = await GetAsync();
        AssertRefuses(refused, GatewayError.ReauthorizationRequired);
        Assert.Contains("2030-01-01 12:00:00Z", refused.Failure!.Detail, StringComparison.Ordinal);
        Assert.Contains("invalid_grant", refused.Failure.Detail, StringComparison.Ordinal);
        Assert.Equal(RefreshOutcome.Permanent, (await RefreshAsync()).Outcome);
        Assert.Equal(1, Server.Calls);
        Assert.Equal(
            ("refresh-0", "access-0"), ((await StoredAsync())!.Grant.RefreshToken.Reveal(), (await StoredAsync())!.Token!.Value.Reveal()));
    }

    [Fact]
    public async Task A_refusal_of_a_replaced_grant_is_ignored()
    {
        var first = await StoreExpiredAsync();
        Server.Answer = async (context, _) =>
        {
            await StoreAsync(first with { Generation = 2, Fence = 9, Token = new(new("newer"), DateTimeOffset.MaxValue) }, 1);
            context.Response.StatusCode = 400;
            await Microsoft.AspNetCore.Http.HttpResponseJsonExtensions.WriteAsJsonAsync(context.Response, new { error = "invalid_grant" });
        };

        AssertServes(await GetAsync(), "newer", 2);
        Assert.Null((await StoredAsync())!.DeadSince);
    }

    [Fact]
    public async Task A_connection_without_a_refresh_token_needs_reauthorization_when_its_token_expires()
    {
        await StoreAsync(Some.Connection(Clock.GetUtcNow().AddMinutes(-1), refreshToken: ""));

        AssertRefuses(await GetAsync(), GatewayError.ReauthorizationRequired);
        Assert.Equal((0, "no_refresh_token"), (Server.Calls, (await StoredAsync())!.LastFailure!.Reason));
    }

    [Fact]
    public async Task Refused_client_credentials_are_a_configuration_error_and_the_connection_keeps_its_token()
    {
        await StoreAsync(Some.Connection(Clock.GetUtcNow().AddSeconds(60)));
        Server.Say(401, """{"error":"invalid_client"}""");
        Assert.Equal(GatewayError.ProviderMisconfigured, (await RefreshAsync()).Failure!.Error);

        AssertServes(await GetAsync(), "access-0", 1);
        Clock.Advance(TimeSpan.FromSeconds(61));
        AssertRefuses(await GetAsync(), GatewayError.ProviderMisconfigured);
        Assert.Null((await StoredAsync())!.DeadSince);
    }

    [Fact]
    public async Task A_provider_that_is_down_is_called_at_growing_intervals_under_load()
    {
        await StoreExpiredAsync();
        Server.Say(503, "");
        for (var second = 0; second < 600; second++)
        {
            AssertRefuses(await GetAsync(), GatewayError.CredentialUnavailable);
            AssertRefuses(await GetAsync(), GatewayError.CredentialUnavailable);
            Clock.Advance(TimeSpan.FromSeconds(1));
        }

        // 1 + 2 + 4 + 8 + 16 + 32 s, then a minute each, 20 % more or less.
        Assert.InRange(Server.Calls, 12, 20);
        Assert.Equal(Server.Calls, (await StoredAsync())!.LastFailure!.Attempts);
        Assert.Equal("http_503", (await StoredAsync())!.LastFailure!.Reason);
    }

    [Fact]
    public async Task The_backoff_is_shared_by_all_instances()
    {
        await using var other = new GatewayInstance(Store, Clock);
        await StoreExpiredAsync();
        Server.Say(503, "", headers: ("Retry-After", "40"));

        var first = await GetAsync();
        var second = await GetAsync(other);

        AssertRefuses(first, GatewayError.CredentialUnavailable);
        AssertRefuses(second, GatewayError.CredentialUnavailable);
        Assert.Equal(TimeSpan.FromSeconds(40), first.Failure!.RetryAfter);
        Assert.Equal(TimeSpan.FromSeconds(40), second.Failure!.RetryAfter);
        Assert.Equal(1, Server.Calls);

        Clock.Advance(TimeSpan.FromSeconds(41));
        Server.Answer = Server.RotateAsync;
        Server.CurrentRefreshToken = "refresh-0";
        AssertServes(await GetAsync(other), "access-2", 2);
        Assert.Null((await StoredAsync())!.LastFailure);
    }

    [Fact]
    public async Task An_operator_may_refresh_during_the_backoff()
    {
        await StoreExpiredAsync();
        Server.Say(503, "", headers: ("Retry-After", "600"));
        AssertRefuses(await GetAsync(), GatewayError.CredentialUnavailable);
        Server.Answer = Server.RotateAsync;

        Assert.Equal(RefreshOutcome.Success, (await RefreshAsync()).Outcome);
        AssertServes(await GetAsync(), "access-2", 2);
    }

    [Fact]
    public async Task A_rejected_token_is_not_sent_again_after_a_failed_refresh()
    {
        await StoreUsableAsync();
        var rejected = (await GetAsync()).Credential!;
        Server.Say(503, "");

        AssertRefuses(await ReplaceAsync(rejected), GatewayError.CredentialUnavailable);
        Assert.Equal(1, (await StoredAsync())!.RejectedGeneration);
        AssertRefuses(await GetAsync(), GatewayError.CredentialUnavailable);
        Assert.Equal(1, Server.Calls);

        Clock.Advance(TimeSpan.FromSeconds(2));
        Server.Answer = Server.RotateAsync;
        AssertServes(await GetAsync(), "access-2", 2);
    }

    [Fact]
    public async Task A_failed_background_renewal_keeps_the_current_token()
    {
        await StoreAsync(Some.Connection(Clock.GetUtcNow().AddMinutes(3)));
        Server.Say(502, "");
        AssertServes(await GetAsync(), "access-0", 1);
        await Eventually.TrueAsync(
            () => Instance.Snapshot.Find(Some.Acme)?.Connection?.LastFailure is not null, "The renewal did not fail.");

        for (var i = 0; i < 100; i++)
        {
            AssertServes(await GetAsync(), "access-0", 1);
        }

        Assert.Equal(1, Server.Calls);
    }

    [Fact]
    public async Task No_secret_appears_in_the_log_at_any_level()
    {
        var log = new LogCapture();
        await using var instance = new GatewayInstance(
            Store, Clock, services => services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(log)));
        await StoreAsync(Some.Connection(Clock.GetUtcNow().AddMinutes(-1), refreshToken: "canary-refresh"));
        Server.CurrentRefreshToken = "canary-refresh";
        await instance.Broker.GetAsync(Provider, Some.Acme, CancellationToken.None);
        Clock.Advance(TimeSpan.FromHours(2));
        foreach (var body in new[] { "{\"error\":\"canary-error\"}", "<html>canary-body</html>",
                """{"error":"invalid_grant","error_description":"canary"}""" })
        {
            Server.Say(400, body);
            await instance.Broker.RefreshAsync(Provider, Some.Acme, CancellationToken.None);
        }

        Assert.NotEmpty(log.Lines);
        Assert.DoesNotContain(
            log.Lines, line => new[] { "canary", "client-secret", "access-1", "refresh-1" }
                .Any(secret => line.Contains(secret, StringComparison.Ordinal)));
    }
}
