using Gateway.Model;
using Gateway.Tokens.Cache;
using Gateway.Tokens.Refreshing;

namespace Gateway.Tests.Tokens.Refreshing;

/// <summary>
/// 401 rule 5 on one to three instances: a third party that refuses some paths with every token, and tokens that are revoked.
/// </summary>
public sealed class DeniedPathsTests : RefreshStage
{
    private readonly HashSet<string> _refusedPaths = new(StringComparer.Ordinal);
    private readonly HashSet<string> _revoked = new(StringComparer.Ordinal);
    private readonly List<GatewayInstance> _instances = [];
    private int _next;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await StoreAsync(Some.Connection(Clock.GetUtcNow().AddHours(10)));
        _instances.Add(Instance);
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var other in _instances.Skip(1))
        {
            await other.DisposeAsync();
        }

        await base.DisposeAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Fifty_requests_to_a_denied_path_and_then_a_revoked_token_is_healed_at_once_elsewhere(int instances)
    {
        Use(instances);
        _refusedPaths.Add("/denied");
        for (var request = 0; request < 50; request++)
        {
            Assert.Equal(401, await SendAsync("/denied"));
        }

        Assert.Equal(1, Server.Calls);
        await RevokeAsync();
        Assert.Equal(200, await SendAsync("/good"));
        Assert.Equal(2, Server.Calls);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Two_denied_paths_in_turn_cost_two_refreshes(int instances)
    {
        Use(instances);
        _refusedPaths.UnionWith(["/one", "/two"]);
        for (var request = 0; request < 100; request++)
        {
            Assert.Equal(401, await SendAsync(request % 2 == 0 ? "/one" : "/two"));
        }

        Assert.InRange(Server.Calls, 1, 2);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_thousand_denied_paths_in_a_minute_cost_seven_refreshes_and_a_revoked_token_heals_within_half_a_minute(int instances)
    {
        Use(instances);
        var healedAfter = TimeSpan.MaxValue;
        var revokedAt = DateTimeOffset.MaxValue;
        for (var request = 0; request < 1000; request++)
        {
            _refusedPaths.Add($"/denied/{request}");
            Assert.Equal(401, await SendAsync($"/denied/{request}"));
            if (request == 400)
            {
                await RevokeAsync();
                revokedAt = Clock.GetUtcNow();
            }

            if (request >= 400 && healedAfter == TimeSpan.MaxValue && await SendAsync("/good") == 200)
            {
                healedAfter = Clock.GetUtcNow() - revokedAt;
            }

            Clock.Advance(TimeSpan.FromMilliseconds(60));
        }

        Assert.InRange(Server.Calls, 5, 7);
        Assert.InRange(healedAfter, TimeSpan.Zero, RejectionLimits.Refill);
        Assert.InRange(Store.DeniedOf(Some.Acme), 1, RejectionLimits.MaxPaths);
    }

    [Fact]
    public async Task A_denied_path_is_tried_again_after_five_minutes()
    {
        _refusedPaths.Add("/denied");
        for (var minute = 0; minute < 11; minute++)
        {
            await SendAsync("/denied");
            Clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(3, Server.Calls);
    }

    [Fact]
    public async Task Tokens_that_are_revoked_one_after_the_other_all_heal_at_once()
    {
        for (var time = 0; time < 20; time++)
        {
            await RevokeAsync();
            Assert.Equal(200, await SendAsync("/good"));
        }

        Assert.Equal(20, Server.Calls);
    }

    [Fact]
    public async Task An_answer_other_than_401_forgets_a_denial_on_all_instances()
    {
        Use(2);
        _refusedPaths.Add("/path");
        await SendAsync("/path");
        Assert.Equal(1, Store.DeniedOf(Some.Acme));

        // The scope has been granted.
        _refusedPaths.Clear();
        Assert.Equal(200, await SendAsync("/path"));
        Assert.Equal(200, await SendAsync("/path"));
        Assert.Equal(0, Store.DeniedOf(Some.Acme));

        await RevokeAsync();
        Assert.Equal(200, await SendAsync("/path"));
    }

    [Fact]
    public async Task Without_a_replay_the_second_refusal_denies_and_an_answer_in_between_does_not()
    {
        _refusedPaths.Add("/denied");
        for (var request = 0; request < 5; request++)
        {
            Assert.Equal(401, await SendAsync("/denied", canReplay: false));
        }

        Assert.Equal(1, Server.Calls);

        for (var time = 0; time < 3; time++)
        {
            await RevokeAsync();
            Assert.Equal(401, await SendAsync("/good", canReplay: false));
            Assert.Equal(200, await SendAsync("/good", canReplay: false));
        }

        Assert.Equal(4, Server.Calls);
    }

    [Fact]
    public async Task A_retry_that_succeeds_on_another_instance_clears_the_path_for_the_next_revocation()
    {
        Use(2);
        for (var revocation = 0; revocation < 4; revocation++)
        {
            await RevokeAsync();
            Assert.Equal(401, await SendAsync("/good", canReplay: false));
            Assert.Equal(200, await SendAsync("/good"));
        }

        Assert.Equal(4, Server.Calls);
    }

    [Fact]
    public async Task A_denial_applies_to_its_path_only_when_requests_share_a_refresh()
    {
        Use(2);
        _refusedPaths.Add("/denied");
        await SendAsync("/denied");
        var refused = (await GetAsync()).Credential!;
        await RevokeAsync();

        // The first instance has the denial in memory; the second learns it from the store, for this path alone.
        var results = await Task.WhenAll(
            ReplaceAsync(refused, "/denied", _instances[1]), ReplaceAsync(refused, "/good", _instances[1]),
            ReplaceAsync(refused, "/another", _instances[1]));

        Assert.Same(RefreshFailures.FreshToken, results[0].Failure);
        Assert.NotNull(results[1].Credential);
        Assert.NotNull(results[2].Credential);
    }

    [Fact]
    public async Task A_request_whose_token_has_expired_does_not_share_the_bound_of_a_401()
    {
        var stored = await StoreAsync(Some.Connection(Clock.GetUtcNow().AddSeconds(20), generation: 2), expectedGeneration: 1);
        Instance.Snapshot.Update(Some.Acme, stored, Instance.Snapshot.NextOrder());
        Assert.True(CredentialRenderer.TryRender(Provider, stored, out var refused));
        for (var refresh = 0; refresh < RejectionLimits.Burst; refresh++)
        {
            var begin = new RefreshBegin(
                Some.Acme, AttemptId.New("elsewhere"), 2, TimeSpan.FromSeconds(1))
            { Path = RejectionLimits.KeyOf("GET", $"/{refresh}") };
            var begun = await Store.BeginAsync(begin, CancellationToken.None);
            await Store.ReleaseAsync(begun.Lease!, CancellationToken.None);
        }

        Clock.Advance(TimeSpan.FromSeconds(25));
        var expired = Task.FromResult(default(CredentialResult));
        Store.Beginning = () =>
        {
            Store.Beginning = null;
            expired = GetAsync();
        };
        Assert.Same(RefreshFailures.FreshToken, (await ReplaceAsync(refused, "/another")).Failure);

        AssertServes(await expired, "access-1", 3);
    }

    [Fact]
    public async Task Removing_a_connection_removes_its_denials()
    {
        _refusedPaths.Add("/denied");
        await SendAsync("/denied");
        await Store.RemoveAsync(Some.Acme, CancellationToken.None);

        Assert.Equal(0, Store.DeniedOf(Some.Acme));
    }

    [Fact]
    public async Task A_connection_without_a_denied_path_has_no_denial_state()
    {
        Assert.False(Instance.Get<DeniedPaths>().KnowsOf(Some.Acme));
        _refusedPaths.Add("/denied");
        await SendAsync("/denied");
        Assert.True(Instance.Get<DeniedPaths>().KnowsOf(Some.Acme));

        Clock.Advance(RejectionLimits.Lifetime);
        Assert.False(Instance.Get<DeniedPaths>().KnowsOf(Some.Acme));
    }

    [Fact]
    public void Expired_denials_are_removed_also_while_other_connections_get_401s()
    {
        var denied = Instance.Get<DeniedPaths>();
        denied.Deny(Some.Acme, "path");
        for (var minute = 0; minute < 11; minute++)
        {
            Clock.Advance(TimeSpan.FromMinutes(1));
            denied.Deny(new(Some.Acme.Provider, "other"), "path");
        }

        Assert.False(denied.KnowsOf(Some.Acme));
        Assert.True(denied.KnowsOf(new(Some.Acme.Provider, "other")));
    }

    // Replaces a rejected credential as the proxy does, on each instance in turn.
    private async Task<int> SendAsync(string path, bool canReplay = true)
    {
        var instance = _instances[_next++ % _instances.Count];
        var (denied, key) = (instance.Get<DeniedPaths>(), RejectionLimits.KeyOf("GET", path));
        var sent = (await GetAsync(instance)).Credential!;
        if (!IsRefused(path, sent))
        {
            if (denied.KnowsOf(Some.Acme))
            {
                denied.Allow(Some.Acme, key);
            }

            return 200;
        }

        if (denied.IsDenied(Some.Acme, key) || (await ReplaceAsync(sent, path, instance)).Credential is not { } newer || !canReplay)
        {
            return 401;
        }

        if (IsRefused(path, newer))
        {
            denied.Deny(Some.Acme, key);
            return 401;
        }

        denied.Allow(Some.Acme, key);
        return 200;
    }

    private bool IsRefused(string path, Credential credential) =>
        _refusedPaths.Contains(path) || _revoked.Contains(credential.SecretValues.Single());

    private async Task RevokeAsync() => _revoked.Add((await StoredAsync())!.Token!.Value.Reveal());

    private void Use(int instances)
    {
        while (_instances.Count < instances)
        {
            _instances.Add(new(Store, Clock));
        }
    }
}
