using Gateway.Model;
using Gateway.Tokens.Renewal;

namespace Gateway.Tests.Tokens.Renewal;

/// <summary>A token endpoint that accepts any grant, a store, and instances whose renewal runs on a manual clock.</summary>
public abstract class RenewalStage : IAsyncLifetime
{
    private readonly List<GatewayInstance> _instances = [];

    private protected ManualClock Clock { get; } = new();

    private protected ProviderCatalog Catalog { get; } = new();

    private protected InMemoryConnectionStore Store { get; private set; } = null!;

    private protected TokenServer Server { get; private set; } = null!;

    private protected Provider Provider { get; set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Store = new(Clock, Catalog);
        Server = await TokenServer.StartAsync();
        Server.Say(200, """{"access_token":"renewed","expires_in":3600}""");

        // Longer than any test advances during a call, so advancing the clock ends no call.
        Provider = Some.Provider(Some.Client(Server.Url, timeout: TimeSpan.FromMinutes(1)));
        Catalog.Replace([Provider]);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var instance in _instances)
        {
            await StopAsync(instance);
            await instance.DisposeAsync();
        }

        await Server.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected async Task<GatewayInstance> StartAsync()
    {
        var instance = new GatewayInstance(Store, Clock, services => services
            .AddSingleton(Catalog).AddSingleton<IRenewalSchedule>(Store).AddGatewayRenewal());
        _instances.Add(instance);
        await RenewalOf(instance).StartAsync(CancellationToken.None);
        return instance;
    }

    private protected static Task StopAsync(GatewayInstance instance) => RenewalOf(instance).StopAsync(CancellationToken.None);

    private protected async Task StoreAsync(string name, DateTimeOffset expiresAt, Func<Connection, Connection>? change = null)
    {
        var connection = Some.Connection(expiresAt) with { Id = new(Provider.Name, name) };
        Assert.NotNull(await Store.TryWriteAsync(change?.Invoke(connection) ?? connection, 0, CancellationToken.None));
    }

    private protected async Task<Connection> StoredAsync(string name) =>
        (await Store.ReadAsync(new(Provider.Name, name), CancellationToken.None))!;

    /// <summary>Advances the clock in steps until a condition holds.</summary>
    private protected Task UntilAsync(Func<bool> condition, string complaint) =>
        UntilAsync(condition, complaint, TimeSpan.FromMilliseconds(500));

    /// <summary>Advances the clock in steps and lets every instance act in each.</summary>
    private protected async Task PassAsync(TimeSpan time)
    {
        var end = Clock.GetUtcNow() + time;
        await UntilAsync(() => Clock.GetUtcNow() >= end, "The condition did not become true.", time / 30);
    }

    private Task UntilAsync(Func<bool> condition, string complaint, TimeSpan step) => Eventually.TrueAsync(
        () =>
        {
            Clock.Advance(step);
            return condition();
        },
        complaint);

    private static TokenRenewal RenewalOf(GatewayInstance instance) =>
        instance.Get<IEnumerable<IHostedService>>().OfType<TokenRenewal>().Single();
}
