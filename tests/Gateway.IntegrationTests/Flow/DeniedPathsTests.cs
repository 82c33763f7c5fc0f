using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;

using Gateway.Demo.Providers;

namespace Gateway.IntegrationTests.Flow;

/// <summary>401 rule 5 on three gateway processes and one real Redis: refreshes that do not help are bounded, others are not.</summary>
public sealed class DeniedPathsTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Burst = 5;

    private static readonly TimeSpan Refill = TimeSpan.FromSeconds(30);

    private readonly List<GatewayProcess> _instances = [];
    private RedisServer _redis = null!;
    private BokioFlow _flow = null!;

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        _flow = await BokioFlow.StartAsync();
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

    [Fact]
    public async Task A_thousand_denied_paths_cause_seven_refreshes_a_minute_and_a_revoked_token_heals_within_half_a_minute()
    {
        await StartAsync(_flow.Configuration);
        _flow.Bokio.Api.Faults.Add("/v1/denied/", Fault.Answer(401));
        var since = Stopwatch.GetTimestamp();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 1_000), new ParallelOptions { MaxDegreeOfParallelism = 12 },
            async (number, _) => Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(number, $"/bokio/denied/{number}")));
        Report("1000 denied paths", since);
        Assert.InRange(_flow.Refreshes, 1, MaxRefreshes(since));

        // Requests to denied paths continue and do not use up the refreshes that the revoked token needs.
        using var end = new CancellationTokenSource();
        var denied = KeepAskingAsync(end.Token);
        var revokedAt = Stopwatch.GetTimestamp();
        _flow.Bokio.Authorization.ExpireAccessTokens();
        var number = 0;
        await Eventually.TrueAsync(async () => await GetAsync(number++, _flow.InvoicesPath) == HttpStatusCode.OK);
        var healedAfter = Stopwatch.GetElapsedTime(revokedAt);
        await end.CancelAsync();
        await denied;
        Report($"healed after {healedAfter}", since);
        Assert.True(healedAfter < Refill + TimeSpan.FromSeconds(5), $"{healedAfter}");

        // The refresh that healed may have been refunded.
        Assert.InRange(_flow.Refreshes, 2, MaxRefreshes(since) + 1);
    }

    [Fact]
    public async Task A_thousand_requests_to_one_denied_path_cause_at_most_two_refreshes_and_the_next_revocation_heals_at_once()
    {
        await StartAsync(_flow.Configuration);
        _flow.Bokio.Api.Faults.Add("/v1/denied/", Fault.Answer(401));
        var statuses = await Task.WhenAll(Enumerable.Range(0, 1_000).Select(number => GetAsync(number, "/bokio/denied/one")));
        Assert.All(statuses, static status => Assert.Equal(HttpStatusCode.Unauthorized, status));
        var wasted = _flow.Refreshes;
        Assert.InRange(wasted, 1, 2);

        _flow.Bokio.Authorization.ExpireAccessTokens();
        Assert.All(await _flow.GetAsync(_instances, 30), static status => Assert.Equal(HttpStatusCode.OK, status));
        Assert.Equal(wasted + 1, _flow.Refreshes);
    }

    [Fact]
    public async Task A_retry_by_the_caller_on_another_instance_clears_the_path_for_the_next_revocation()
    {
        var configuration = JsonNode.Parse(_flow.Configuration)!;
        configuration["ReverseProxy"]!["Routes"]!["bokio"]!["Transforms"]![1]!["Replay"] = "Never";
        await StartAsync(configuration.ToJsonString());

        for (var revocation = 1; revocation <= 3; revocation++)
        {
            _flow.Bokio.Authorization.ExpireAccessTokens();
            Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(0, _flow.InvoicesPath));
            await Eventually.TrueAsync(async () => await GetAsync(revocation, _flow.InvoicesPath) == HttpStatusCode.OK);
            await Eventually.TrueAsync(async () => await GetAsync(0, _flow.InvoicesPath) == HttpStatusCode.OK);
            Assert.Equal(revocation, _flow.Refreshes);
        }
    }

    private static int MaxRefreshes(long since) => Burst + (int)(Stopwatch.GetElapsedTime(since) / Refill);

    private async Task StartAsync(string configuration)
    {
        for (var instance = 0; instance < 3; instance++)
        {
            _instances.Add(await GatewayProcess.StartAsync(configuration, $"Store:Redis={_redis.Configuration}"));
        }

        await _flow.ConnectAsync(_instances[0], expiresIn: 3600);
        Assert.All(await _flow.GetAsync(_instances, 30), static status => Assert.Equal(HttpStatusCode.OK, status));
    }

    private async Task KeepAskingAsync(CancellationToken end)
    {
        for (var number = 0; !end.IsCancellationRequested; number++)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(number, $"/bokio/denied/later-{number}"));
        }
    }

    private async Task<HttpStatusCode> GetAsync(int number, string path)
    {
        using var answer = await _instances[number % _instances.Count].Proxy.GetAsync(path);
        await answer.Content.ReadAsStringAsync();
        return answer.StatusCode;
    }

    private void Report(string what, long since) =>
        output.WriteLine($"{what}: {_flow.Refreshes} refreshes in {Stopwatch.GetElapsedTime(since).TotalSeconds:0.0} s");
}
