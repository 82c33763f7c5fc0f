using Gateway.Demo.Providers;

namespace Gateway.Tests.Demo;

public sealed class TokenSettingsTests : BokioTests
{
    [Fact]
    public async Task Reuse_of_a_spent_refresh_token_may_end_the_whole_grant()
    {
        Bokio.Authorization.Settings.RevokeFamilyOnReuse = true;
        var first = Bokio.Connect("acme");
        var second = await RefreshAsync(first.RefreshToken!);

        await RefreshAsync(first.RefreshToken!);

        Assert.Equal("invalid_grant", (await RefreshAsync(second.RefreshToken)).Error);
        Assert.False(Bokio.Authorization.IsLive(second.AccessToken));
    }

    [Fact]
    public async Task The_judge_lists_revoked_families_and_counts_presentations_of_dead_grants()
    {
        Bokio.Authorization.Settings.RevokeFamilyOnReuse = true;
        var first = Bokio.Connect("acme").RefreshToken!;
        var second = (await RefreshAsync(first)).RefreshToken;
        await RefreshAsync(first);
        var killed = Assert.Single(Bokio.Authorization.Counters.RevokedFamilies).Account;
        var before = Bokio.Authorization.Counters.MaxPresentationsOfDeadGrant;

        await RefreshAsync(second);
        await RefreshAsync(second);

        Assert.Equal(("acme", 0), (killed, before));
        Assert.Equal(
            (2, 2),
            (Bokio.Authorization.Counters.MaxPresentationsOfDeadGrant, Bokio.Authorization.Counters.MaxPresentationsPerRefreshToken));
        Bokio.Authorization.Counters.Reset();
        Assert.Empty(Bokio.Authorization.Counters.RevokedFamilies);
    }

    [Fact]
    public async Task The_announced_lifetime_may_differ_from_the_actual_one()
    {
        Bokio.Authorization.Settings.AnnouncedLifetime = TimeSpan.FromDays(1);

        var answer = await RefreshAsync(Bokio.Connect("acme").RefreshToken!);
        Time.Advance(TimeSpan.FromHours(1));

        Assert.Equal((86400, false), ((int)answer.Json["expires_in"]!, Bokio.Authorization.IsLive(answer.AccessToken)));
    }

    [Fact]
    public async Task A_changed_client_secret_invalidates_the_former_one()
    {
        var (former, token) = (Bokio.Client with { Secret = Bokio.Client.Secret }, Bokio.Connect("acme").RefreshToken!);
        Bokio.Authorization.ChangeClientSecrets();

        var refused = await TokenAsync(former, ("grant_type", "refresh_token"), ("refresh_token", token));

        Assert.Equal((401, "invalid_client"), (refused.Status, refused.Error));
        Assert.Equal(200, (await RefreshAsync(token)).Status);
    }

    [Fact]
    public async Task Within_the_grace_window_a_spent_refresh_token_works_once_more()
    {
        Bokio.Authorization.Settings.ReuseGrace = TimeSpan.FromSeconds(30);
        var token = Bokio.Connect("acme").RefreshToken!;
        await RefreshAsync(token);

        Time.Advance(TimeSpan.FromSeconds(29));
        var within = await RefreshAsync(token);
        Time.Advance(TimeSpan.FromSeconds(1));
        var after = await RefreshAsync(token);

        Assert.Equal((200, 400, 1), (within.Status, after.Status, Bokio.Authorization.Counters.SpentRefreshTokenReuses));
    }

    [Fact]
    public async Task Without_rotation_the_refresh_token_stays_and_is_not_repeated()
    {
        Bokio.Authorization.Settings.Rotation = RefreshRotation.Kept;
        var token = Bokio.Connect("acme").RefreshToken!;

        var answers = new[] { await RefreshAsync(token), await RefreshAsync(token) };

        Assert.All(answers, answer => Assert.Equal((200, false), (answer.Status, answer.Json.ContainsKey("refresh_token"))));
    }

    [Fact]
    public async Task Revoked_grant_is_invalid_grant_and_may_leave_the_access_token_alive()
    {
        var (dead, dying) = (Bokio.Connect("acme"), Bokio.Connect("beta"));
        Bokio.Authorization.RevokeGrants("acme");
        Bokio.Authorization.RevokeGrants("beta", endAccess: false);

        Assert.Equal(
            ("invalid_grant", "invalid_grant"),
            ((await RefreshAsync(dead.RefreshToken!)).Error, (await RefreshAsync(dying.RefreshToken!)).Error));
        Assert.Equal((false, true), (Bokio.Authorization.IsLive(dead.AccessToken), Bokio.Authorization.IsLive(dying.AccessToken)));
    }

    [Fact]
    public async Task Lifetime_of_new_tokens_can_be_set()
    {
        Bokio.Authorization.Settings.AccessTokenLifetime = TimeSpan.FromSeconds(2);

        var answer = await RefreshAsync(Bokio.Connect("acme").RefreshToken!);
        var before = Bokio.Authorization.IsLive(answer.AccessToken);
        Time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal((2, true, false), ((int)answer.Json["expires_in"]!, before, Bokio.Authorization.IsLive(answer.AccessToken)));
    }
}
