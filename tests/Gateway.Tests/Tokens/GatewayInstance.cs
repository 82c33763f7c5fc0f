using Gateway.Model;
using Gateway.Observability;
using Gateway.Tokens;
using Gateway.Tokens.Cache;
using Gateway.Tokens.Refreshing;
using Gateway.Tokens.TokenEndpoint;

namespace Gateway.Tests.Tokens;

/// <summary>The services of the Tokens folder in one process; several instances share a store.</summary>
internal sealed class GatewayInstance : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    /// <param name="journal">The journal of an earlier process; null for a new one.</param>
    /// <param name="machine">The instances of the same machine; null for a separate machine.</param>
    public GatewayInstance(
        IConnectionStore store, TimeProvider clock, Action<IServiceCollection>? configure = null, InMemoryGrantJournal? journal = null,
        InMemoryInstances? machine = null)
    {
        Instances = new(machine);
        Journal = journal ?? new();
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddMetrics();
        services.AddDistributedMemoryCache();
        services.AddSingleton(clock);
        services.AddSingleton(store);
        services.AddSingleton<IGrantJournal>(Journal);
        services.AddSingleton<IInstanceRegistry>(Instances);
        services.AddSingleton<GatewayMetrics>().AddSingleton<ProviderCatalog>();
        services.AddGatewayTokens();
        configure?.Invoke(services);
        _services = services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
    }

    public InMemoryGrantJournal Journal { get; }

    public InMemoryInstances Instances { get; }

    public TokenBroker Broker => Get<TokenBroker>();

    public ConnectionSnapshot Snapshot => Get<ConnectionSnapshot>();

    public TokenEndpointClient Endpoint => Get<TokenEndpointClient>();

    public GrantOutbox Outbox => Get<GrantOutbox>();

    public TokenRefresher Refresher => Get<TokenRefresher>();

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    public Task ReplayAsync() => _services.GetServices<IHostedService>().OfType<OutboxReplay>().Single().StartAsync(CancellationToken.None);

    public Task StopAsync() => _services.GetServices<IHostedService>().OfType<TokensDrain>().Single().StopAsync(CancellationToken.None);

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
