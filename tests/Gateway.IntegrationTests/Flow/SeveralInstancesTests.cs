using System.Net;

using Gateway.Demo.Providers;

namespace Gateway.IntegrationTests.Flow;

/// <summary>Three gateway processes on one real Redis, a thousand requests at once, one call at the token endpoint.</summary>
public sealed class SeveralInstancesTests : IAsyncLifetime
{
    private const int Requests = 1_000;

    private readonly List<GatewayProcess> _instances = [];
    private RedisServer _redis = null!;
    private BokioFlow _flow = null!;

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        _flow = await BokioFlow.StartAsync();
        for (var instance = 0; instance < 3; instance++)
        {
            _instances.Add(await GatewayProcess.StartAsync(_flow.Configuration, $"Store:Redis={_redis.Configuration}"));
        }
    }

    [Fact]
    public async Task An_expired_token_is_refreshed_once_for_all_requests_on_all_instances()
    {
        await _flow.ConnectAsync(_instances[0], expiresIn: 0);

        var statuses = await _flow.GetAsync(_instances, Requests);

        Assert.All(statuses, static status => Assert.Equal(HttpStatusCode.OK, status));
        Assert.Equal(1, _flow.Refreshes);
    }

    [Fact]
    public async Task A_rejected_token_is_refreshed_once_for_all_requests_on_all_instances()
    {
        await _flow.ConnectAsync(_instances[0], expiresIn: 3600);
        Assert.All(await _flow.GetAsync(_instances, 30), static status => Assert.Equal(HttpStatusCode.OK, status));
        _flow.Bokio.Authorization.ExpireAccessTokens();

        var statuses = await _flow.GetAsync(_instances, Requests);

        Assert.All(statuses, static status => Assert.Equal(HttpStatusCode.OK, status));
        Assert.Equal(1, _flow.Refreshes);
    }

    [Fact]
    public async Task A_healed_401_calls_only_begin_and_commit_of_the_store()
    {
        await _flow.ConnectAsync(_instances[0], expiresIn: 3600);
        Assert.All(await _flow.GetAsync([_instances[0]], 1), static status => Assert.Equal(HttpStatusCode.OK, status));
        var before = await CountAsync();
        _flow.Bokio.Authorization.ExpireAccessTokens();

        Assert.Equal([HttpStatusCode.OK], await _flow.GetAsync([_instances[0]], 1));

        // The exporter answers scrapes within 300 ms of each other from one collection.
        await Eventually.TrueAsync(async () => (await CountAsync())[1] > before[1], static () => "No commit was counted.");
        var after = await CountAsync();
        Assert.Equal([1, 1, 0, 0, 0], after.Zip(before, static (now, then) => now - then));

        async Task<IReadOnlyList<double>> CountAsync() => await Task.WhenAll(
            new[] { "begin", "commit", "lease", "release", "write" }
                .Select(operation => Metrics.SumAsync(_instances[0], "gateway_store_operations_total", $"operation=\"{operation}\"")));
    }

    [Fact]
    public async Task A_refresh_completes_after_every_caller_has_disconnected()
    {
        await _flow.ConnectAsync(_instances[0], expiresIn: 0);
        var gate = new Gate();
        _flow.Bokio.Api.Faults.Add("/v1/token", Fault.HoldBefore(gate));
        using var hangUp = new CancellationTokenSource();
        var calls = Enumerable.Range(0, Requests)
            .Select(number => _instances[number % 3].Proxy.GetAsync(_flow.InvoicesPath, hangUp.Token)).ToList();
        await gate.ArrivalsAsync();

        await hangUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(calls));
        gate.Open();

        await Eventually.TrueAsync(
            async () => (await _instances[1].Admin.GetStringAsync("/connections/bokio/default"))
                .Contains("\"generation\":2", StringComparison.Ordinal), static () => "The refresh did not reach the store.");
        Assert.Equal(1, _flow.Refreshes);
        Assert.All(await _flow.GetAsync(_instances, 3), static status => Assert.Equal(HttpStatusCode.OK, status));
    }

    [Fact]
    public async Task The_next_instance_presents_the_grant_of_an_answer_without_a_token()
    {
        await _flow.ConnectAsync(_instances[0], expiresIn: 0);
        _flow.Bokio.Api.Faults.Add("/v1/token", Fault.RemoveField("access_token"), times: 1);
        Assert.Equal([HttpStatusCode.ServiceUnavailable], await _flow.GetAsync([_instances[0]], 1));

        await Eventually.TrueAsync(
            async () => (await _flow.GetAsync([_instances[1]], 1)).Single() == HttpStatusCode.OK,
            static () => "The new grant brought no token.");

        Assert.Equal([HttpStatusCode.OK], await _flow.GetAsync([_instances[0]], 1));
        var judge = _flow.Bokio.Authorization.Counters;
        Assert.Equal((2, 0, 0), (_flow.Refreshes, judge.SpentRefreshTokenReuses, judge.RevokedFamilies.Count));
        Assert.Contains(
            "\"generation\":3", await _instances[2].Admin.GetStringAsync("/connections/bokio/default"), StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var instance in _instances)
        {
            await instance.DisposeAsync();
        }

        await _flow.DisposeAsync();
        await _redis.DisposeAsync();
    }
}
