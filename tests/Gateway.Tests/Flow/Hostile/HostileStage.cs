using Gateway.Demo.Providers;
using Gateway.Model;

namespace Gateway.Tests.Flow.Hostile;

/// <summary>
/// A gateway in front of a simulated Bokio that rotates strictly and revokes the family of a reused refresh token, on one clock. The
/// connection's token has expired, so the first request calls the token endpoint.
/// </summary>
internal sealed class HostileStage : IAsyncDisposable
{
    private const string Account = "acme";
    private readonly GatewayUnderTest _gateway;

    private HostileStage(SimulatedBokio bokio, ManualClock clock, RawUpstream attacker, GatewayUnderTest gateway)
    {
        (Bokio, Clock, Attacker, _gateway) = (bokio, clock, attacker, gateway);
    }

    public SimulatedBokio Bokio { get; }

    public ManualClock Clock { get; }

    /// <summary>The target of redirects, which must receive no request.</summary>
    public RawUpstream Attacker { get; }

    /// <summary>Holds calls until the fault ends.</summary>
    public Gate Gate { get; } = new();

    public InMemoryConnectionStore Store => _gateway.Store;

    public AuthorizationServer Authorization => Bokio.Authorization;

    public TokenEndpointCounters Judge => Authorization.Counters;

    public static async Task<HostileStage> StartAsync()
    {
        var clock = new ManualClock();
        var bokio = await SimulatedBokio.StartAsync(new SimulationOptions { Time = clock });
        bokio.Authorization.Settings.RevokeFamilyOnReuse = true;
        var gateway = await GatewayUnderTest.StartAsync(Setup(bokio, clock));
        return new(bokio, clock, RawUpstream.Start(), gateway);
    }

    /// <summary>Plans a fault at the token endpoint.</summary>
    public void AtTokenEndpoint(Fault fault, int times = int.MaxValue) => Bokio.Api.Faults.Add("/v1/token", fault, times);

    /// <summary>Removes every fault and lets held calls complete.</summary>
    public Task HealAsync()
    {
        Bokio.Api.Faults.Clear();
        Gate.Open();
        return Task.WhenAll(Bokio.Api.Requests.At("/v1/token").Select(static call => call.Completed));
    }

    /// <summary>Advances the clock until pending writes are stored and the lease is released.</summary>
    public Task LandAsync() => Eventually.TrueAsync(
        async () =>
        {
            Clock.Advance(TimeSpan.FromSeconds(1));
            return (await StoredAsync()).Generation > 1
                && !await Store.IsLeasedAsync(new("bokio", ConnectionId.DefaultName), CancellationToken.None);
        }, static () => "The grant was not stored.");

    public Task<RawResponse> GetAsync() => _gateway.GetAsync($"/bokio/companies/{Bokio.Company(Account).Id}/invoices");

    public async Task<Connection> StoredAsync() =>
        (await _gateway.Store.ReadAsync(new("bokio", ConnectionId.DefaultName), CancellationToken.None))!;

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await Attacker.DisposeAsync();
        await Bokio.DisposeAsync();
    }

    private static GatewaySetup Setup(SimulatedBokio bokio, ManualClock clock)
    {
        var origin = bokio.Api.Address.ToString();
        var setup = new GatewaySetup { Clock = clock }
            .Provider(new Provider
            {
                Name = "bokio",
                Kind = ProviderKind.OAuth2,
                Origin = GatewaySetup.Parse(origin),
                Injection = Injection.Bearer,
                OAuth = new OAuthClient
                {
                    Grant = OAuthGrant.AuthorizationCode,
                    TokenEndpoint = GatewaySetup.Parse(bokio.TokenEndpoint.ToString()),
                    ClientId = bokio.Client.Id,
                    ClientSecrets = [new(bokio.Client.Secret)],
                },
            })
            .Route("bokio", "/bokio/{**path}", origin, "\"PathPattern\": \"/v1/{**path}\"", "\"Credential\": \"bokio\"");
        var tokens = bokio.Connect(Account);
        setup.Connections.Add(new Connection
        {
            Id = new("bokio", ConnectionId.DefaultName),
            Generation = 1,
            Grant = Grant.None with { RefreshToken = new(tokens.RefreshToken!) },
            Token = new(new(tokens.AccessToken), clock.GetUtcNow() - TimeSpan.FromSeconds(1)),
        });
        return setup;
    }
}
