using Gateway.Credentials.Providers;
using Gateway.Credentials.Storage;
using Gateway.Observability;
using Gateway.Tokens.Clients;
using Gateway.Tokens.Discovery;
using Gateway.Tokens.Endpoint;
using Gateway.Tokens.Refreshing;
using Gateway.Tokens.Renewal;
using Gateway.Tokens.Snapshots;

using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Gateway.Tokens;

/// <summary>Registers what keeps one working token per connection.</summary>
public static class TokensExtensions
{
    /// <summary>
    /// Adds <see cref="TokenBroker"/> and <see cref="FreshTokenMarks"/>. Needs <see cref="IConnectionStore"/>, <see cref="IGrantJournal"/>, the distributed cache and
    /// <see cref="GatewayMetrics"/>; call it after the store is added, so that at shutdown the store outlives the last write.
    /// </summary>
    public static IServiceCollection AddGatewayTokens(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<OutboundSockets>();
        services.TryAddSingleton<ProviderCatalog>();
        services.AddSingleton<SharedAlarms>();
        services.AddSingleton<ProviderAlarms>();
        services.AddSingleton<ServerMetadataSource>();
        services.AddSingleton<EndpointResolver>();
        services.AddSingleton<LearnedLifetimes>();
        services.AddSingleton<TokenEndpoint>();
        services.AddSingleton<CredentialVerifier>();
        services.AddSingleton<ConnectionWriter>();
        services.AddSingleton<LeaseQueue>();
        services.AddSingleton<AttemptLanding>();
        services.AddSingleton<UnsavedGrantEvents>();
        services.AddSingleton<UnsavedGrants>();
        services.AddSingleton<GivenGrants>();
        services.AddSingleton<RefreshLook>();
        services.AddSingleton<RefreshAttempt>();
        services.AddSingleton<InterruptedRefresh>();
        services.AddSingleton<RefreshTransaction>();
        services.AddSingleton<InterimRefresh>();
        services.AddSingleton<RefreshAdmission>();
        services.AddSingleton(static provider => new ConnectionSnapshot(provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IKnownConnections>(static provider => provider.GetRequiredService<ConnectionSnapshot>());
        services.AddSingleton<ConnectionReads>();
        services.AddSingleton<TokenRefresher>();
        services.AddSingleton<RefreshSlots>();
        services.AddSingleton<BackgroundRefreshes>();
        services.AddSingleton<WarmCredentials>();
        services.AddSingleton(static provider => new TokenBroker(
            provider.GetRequiredService<WarmCredentials>(),
            provider.GetRequiredService<ConnectionReads>(),
            provider.GetRequiredService<TokenRefresher>(),
            provider.GetRequiredService<LearnedLifetimes>(),
            provider.GetRequiredService<GatewayMetrics>()));
        services.AddSingleton<TokenRevocation>();
        services.AddSingleton<GrantRevocation>();
        services.AddSingleton<FreshTokenMarks>();
        services.AddHostedService<JournalReplay>();
        services.AddHostedService<TokensDrain>();
        return services;
    }
}
