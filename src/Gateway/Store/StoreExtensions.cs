using Gateway.Model;
using Gateway.Observability;
using Gateway.Store.Availability;
using Gateway.Store.Encryption;
using Gateway.Store.KeyRotation;
using Gateway.Store.Refreshing;
using Gateway.Store.Listing;
using Gateway.Store.Records;
using Gateway.Store.Redis;
using Gateway.Store.Renewals;

using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.StackExchangeRedis;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Gateway.Store;

/// <summary>Puts the store into the container.</summary>
public static class StoreExtensions
{
    /// <summary>
    /// <see cref="IConnectionStore"/>, <see cref="IOnceStore"/>, <see cref="IDistributedCache"/> and <see cref="StoreReadiness"/>, from the section <c>Store</c>.
    /// Call it before other hosted services are added: it starts first and is disposed last.
    /// </summary>
    public static IServiceCollection AddGatewayStore(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<StoreOptions>()
            .Configure(options =>
            {
                configuration.GetSection("Store").Bind(options);
                options.AdminKey = configuration["Admin:Key"] ?? "";
            });
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<GatewayMetrics>();
        services.TryAddSingleton<ProviderCatalog>();
        services.TryAddSingleton<IKnownConnections, EmptyConnectionCache>();
        return services.AddAvailability().AddRedis().AddSealing().AddRecords().AddConnections().AddRewrapping();
    }

    private static IServiceCollection AddAvailability(this IServiceCollection services) => services
        .AddSingleton<StoreReadiness>()
        .AddSingleton<StoreRecovery>()
        .AddHostedService<StoreStart>()
        .AddHostedService<StoreMonitor>();

    private static IServiceCollection AddRedis(this IServiceCollection services) => services
        .AddSingleton<RedisLink>()
        .AddSingleton<RedisCalls>()
        .AddSingleton<RedisChanges>()
        .AddSingleton<ServerAdvice>()
        .AddSingleton<IDistributedCache>(static provider => ActivatorUtilities.CreateInstance<SealedCache>(
            provider, RedisCacheOn(provider.GetRequiredService<RedisLink>())));

    private static IServiceCollection AddSealing(this IServiceCollection services) => services
        .AddSingleton(static provider => EncryptionKeys.Load(
            provider.GetRequiredService<IOptions<StoreOptions>>().Value, provider.GetRequiredService<ILogger<EncryptionKeyRing>>()))
        .AddSingleton<SecretProtector>();

    private static IServiceCollection AddRecords(this IServiceCollection services) => services
        .AddSingleton<CachedTokens>()
        .AddSingleton<ConnectionSealer>()
        .AddSingleton<RecordStrings>()
        .AddSingleton<RedisRecords>()
        .AddSingleton<FailoverRepair>()
        .AddSingleton<IGrantJournal, GrantJournal>();

    private static IServiceCollection AddConnections(this IServiceCollection services) => services
        .AddSingleton<IInstanceRegistry, InstanceRegistry>()
        .AddSingleton<RefreshSteps>()
        .AddSingleton<ConnectionIndex>()
        .AddSingleton<ConnectionListing>()
        .AddSingleton<IConnectionStore, RedisConnectionStore>()
        .AddSingleton<RenewalSweep>()
        .AddSingleton<IRenewalSchedule, RedisRenewals>()
        .AddSingleton<IOneTimeStore, RedisOneTimeStore>();

    private static IServiceCollection AddRewrapping(this IServiceCollection services) => services
        .AddSingleton<RecordKeys>()
        .AddSingleton<RecordScanner>()
        .AddSingleton<RewrapTurn>()
        .AddSingleton(static provider => new StoreKeys(
            async cancellationToken => (await provider.GetRequiredService<RecordScanner>().CountAsync(cancellationToken)).Keys))
        .AddSingleton(static provider =>
        {
            var rewrapper = ActivatorUtilities.CreateInstance<KeyRotator>(provider);
            provider.GetRequiredService<GatewayMetrics>().ObserveStoreRecords(rewrapper.Observe);
            return rewrapper;
        })
        .AddHostedService(static provider => provider.GetRequiredService<KeyRotator>());

    // The container does not own this object, and so does not dispose it: it would close the connection that it shares.
    private static RedisCache RedisCacheOn(RedisLink link) =>
        new(new RedisCacheOptions { ConnectionMultiplexerFactory = () => link.Multiplexer, InstanceName = RedisKeys.CachePrefix });
}
