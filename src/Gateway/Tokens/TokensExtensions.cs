using Gateway.Model;
using Gateway.Observability;
using Gateway.Tokens.Cache;
using Gateway.Tokens.Circuit;
using Gateway.Tokens.Refreshing;
using Gateway.Tokens.Renewal;
using Gateway.Tokens.TokenEndpoint;

using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Gateway.Tokens;

/// <summary>Registers what keeps one working token per connection.</summary>
public static class TokensExtensions
{
    /// <summary>
    /// Adds <see cref="TokenBroker"/>. Needs <see cref="IConnectionStore"/>, <see cref="IGrantJournal"/>, <see cref="IInstanceRegistry"/>,
    /// the distributed cache and <see cref="GatewayMetrics"/>; call it after the store is added, so that at shutdown the store outlives the
    /// last write.
    /// </summary>
    public static IServiceCollection AddGatewayTokens(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ProviderCatalog>();
        return services.AddOutbound().AddSnapshots().AddRefreshing().AddBroker();
    }

    private static IServiceCollection AddOutbound(this IServiceCollection services) => services
        .AddSingleton<OutboundSockets>()
        .AddSingleton<ServerMetadataSource>()
        .AddSingleton<EndpointResolver>()
        .AddSingleton<TokenEndpointClient>()
        .AddSingleton<CredentialVerifier>()
        .AddSingleton<ProviderCircuits>();

    private static IServiceCollection AddSnapshots(this IServiceCollection services) => services
        .AddSingleton(static provider => new ConnectionSnapshot(provider.GetRequiredService<TimeProvider>()))
        .AddSingleton<IKnownConnections>(static provider => provider.GetRequiredService<ConnectionSnapshot>())
        .AddSingleton<DeniedPaths>()
        .AddSingleton<CredentialCache>();

    // Hosted services stop in the opposite order: the drain first, while all that it waits for still works.
    private static IServiceCollection AddRefreshing(this IServiceCollection services) => services
        .AddSingleton<GrantOutbox>()
        .AddSingleton<RefreshTransaction>()
        .AddSingleton<InterimRefresh>()
        .AddSingleton<TokenRefresher>()
        .AddSingleton<ConnectionWriter>()
        .AddHostedService<OutboxReplay>()
        .AddHostedService<TokensDrain>();

    private static IServiceCollection AddBroker(this IServiceCollection services) => services
        .AddSingleton<BackgroundRefreshes>()
        .AddSingleton(static provider => new TokenBroker(
            provider.GetRequiredService<CredentialCache>(),
            provider.GetRequiredService<TokenRefresher>(),
            provider.GetRequiredService<BackgroundRefreshes>(),
            provider.GetRequiredService<ProviderCircuits>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<GatewayMetrics>()))
        .AddSingleton<GrantRevocation>();
}
