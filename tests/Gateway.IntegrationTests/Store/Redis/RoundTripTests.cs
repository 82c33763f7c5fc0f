using System.Diagnostics;

using Gateway.Model;
using Gateway.Testing.TcpFaults;
using Gateway.Tokens;

namespace Gateway.IntegrationTests.Store.Redis;

/// <summary>
/// With 20 ms of latency to Redis in each direction, a refresh takes the token call and at most three round trips.
/// </summary>
public sealed class RoundTripTests(ITestOutputHelper output) : IAsyncLifetime
{
    // The fastest of several runs: a busy machine adds time, but no run is faster than its round trips.
    private const int Rounds = 8;

    private static readonly TimeSpan RoundTrip = TimeSpan.FromMilliseconds(40);

    private RedisServer _server = null!;
    private TcpFaultProxy _network = null!;
    private TokenServer _tokens = null!;
    private StoreHost _host = null!;
    private Provider _provider = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await RedisServer.StartAsync();
        _network = TcpFaultProxy.Start(_server.EndPoint);
        _tokens = await TokenServer.StartAsync();
        _host = await StoreHost.ReadyOnRedisAsync($"127.0.0.1:{_network.Port}", static services => services.AddGatewayTokens());
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _tokens.DisposeAsync();
        await _network.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData(OAuthGrant.AuthorizationCode, 2)]
    [InlineData(OAuthGrant.ClientCredentials, 3)]
    public async Task A_401_waits_for_begin_commit_and_a_read_of_the_token_cache_where_there_is_one(OAuthGrant grant, int roundTrips)
    {
        Use(grant);
        var best = await BestAsync(async id =>
        {
            await StoreAsync(id, TimeProvider.System.GetUtcNow().AddHours(1));
            var refused = (await GetAsync(id)).Credential!;
            return () => _host.Get<TokenBroker>().ReplaceAsync(_provider, refused, RejectionLimits.KeyOf("GET", "/"), Cancel).AsTask();
        });

        AssertRoundTrips(best, roundTrips);
    }

    [Theory]
    [InlineData(OAuthGrant.AuthorizationCode, 3)]
    [InlineData(OAuthGrant.ClientCredentials, 3)]
    public async Task A_cold_connection_whose_token_has_expired_waits_for_read_begin_and_commit(OAuthGrant grant, int roundTrips)
    {
        Use(grant);
        var best = await BestAsync(async id =>
        {
            await StoreAsync(id, DateTimeOffset.UnixEpoch);
            return () => GetAsync(id);
        });

        AssertRoundTrips(best, roundTrips);
    }

    [Theory]
    [InlineData(503, "", 2)]
    [InlineData(400, "invalid_grant", 2)]
    [InlineData(401, "invalid_client", 3)]
    public async Task A_401_whose_refresh_fails_waits_no_longer_except_for_a_read_of_the_circuit_of_a_refused_client(
        int status, string error, int roundTrips)
    {
        var number = 0;
        var best = await BestAsync(
            async id =>
            {
                // A separate circuit: the second refusal in turn would open it.
                _provider = Some.Provider(new OAuthClient
                {
                    Grant = OAuthGrant.AuthorizationCode,
                    TokenEndpoint = Some.Uri(_tokens.Url),
                    ClientId = $"client-{number++}",
                    ClientSecrets = [new("client-secret")],
                });
                _host.Get<ProviderCatalog>().Replace([_provider]);
                await StoreAsync(id, TimeProvider.System.GetUtcNow().AddHours(1));
                var refused = (await GetAsync(id)).Credential!;
                return () => _host.Get<TokenBroker>().ReplaceAsync(_provider, refused, RejectionLimits.KeyOf("GET", "/"), Cancel).AsTask();
            },
            async (context, _) =>
            {
                context.Response.StatusCode = status;
                await context.Response.WriteAsJsonAsync(new { error });
            });

        AssertRoundTrips(best, roundTrips);
    }

    private static void AssertRoundTrips(TimeSpan best, int roundTrips) =>
        Assert.InRange(best, roundTrips * RoundTrip, (roundTrips + 1) * RoundTrip);

    private void Use(OAuthGrant grant)
    {
        _provider = Some.Provider(Some.Client(_tokens.Url, grant));
        _host.Get<ProviderCatalog>().Replace([_provider]);
    }

    // Without the token call, which is measured at the provider.
    private async Task<TimeSpan> BestAsync(
        Func<ConnectionId, Task<Func<Task<CredentialResult>>>> prepare, Func<HttpContext, IFormCollection, Task>? refusal = null)
    {
        var answer = refusal ?? _tokens.Answer;
        var calling = TimeSpan.Zero;
        _tokens.Answer = async (context, form) =>
        {
            var since = Stopwatch.GetTimestamp();
            _tokens.CurrentRefreshToken = form["refresh_token"].ToString();
            await answer(context, form);
            calling = Stopwatch.GetElapsedTime(since);
        };
        var best = TimeSpan.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            _network.SetBoth(LinkConditions.None);
            var ask = await prepare(new ConnectionId(Some.Acme.Provider, $"round-{round}"));
            _network.SetBoth(new LinkConditions { Latency = RoundTrip / 2 });
            var since = Stopwatch.GetTimestamp();
            var result = await ask();
            var elapsed = Stopwatch.GetElapsedTime(since) - calling;
            Assert.Equal(refusal is null, result.Credential is not null);
            output.WriteLine($"{elapsed.TotalMilliseconds:0.0} ms");
            best = elapsed < best ? elapsed : best;
        }

        _network.SetBoth(LinkConditions.None);
        return best;
    }

    private async Task<CredentialResult> GetAsync(ConnectionId id) => await _host.Get<TokenBroker>().GetAsync(_provider, id, Cancel);

    private async Task StoreAsync(ConnectionId id, DateTimeOffset expiresAt) =>
        Assert.NotNull(await _host.Store.TryWriteAsync(Some.Connection(expiresAt) with { Id = id }, 0, Cancel));
}
