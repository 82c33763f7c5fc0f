using Gateway.Model;
using Gateway.Observability;
using Gateway.Store.Encryption;
using Gateway.Store.Index;
using Gateway.Store.Journal;
using Gateway.Store.Records;
using Gateway.Store.Redis;

using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.StackExchangeRedis;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Gateway.Store;

/// <summary>Registers the store.</summary>
/// <remarks>
/// Sub-folders import one way: Redis and Embedded import no other; Encryption → Redis, Embedded; Records → Encryption, Redis; Index →
/// Records, Encryption, Redis; Journal → Records, Embedded. All of them may use the options, keys and scripts of this
/// folder, whose other types import any of them.
/// </remarks>
public static class StoreExtensions
{
    /// <summary>
    /// Registers <see cref="IConnectionStore"/>, <see cref="IOneTimeStore"/>, <see cref="IDistributedCache"/> and <see
    /// cref="StoreReadiness"/>, configured by the section <c>Store</c>. To be called before other hosted services are added: the store
    /// starts first and is disposed last.
    /// </summary>
    public static IServiceCollection AddGatewayStore(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<StoreOptions>().Configure(options =>
        {
            configuration.GetSection("Store").Bind(options);
            options.AdminKey = configuration["Admin:Key"] ?? "";
        });
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<GatewayMetrics>();
        services.TryAddSingleton<ProviderCatalog>();
        services.TryAddSingleton<IKnownConnections, EmptyConnectionCache>();
        return services.AddRedis().AddEncryption().AddConnections();
    }

    private static IServiceCollection AddRedis(this IServiceCollection services) => services
        .AddSingleton<StoreReadiness>()
        .AddSingleton<StoreRecovery>()
        .AddHostedService<StoreStart>()
        .AddHostedService<StoreMonitor>()
        .AddSingleton<RedisLink>()
        .AddSingleton<RedisCalls>()
        .AddSingleton<RedisChanges>()
        .AddSingleton<ServerAdvice>()
        .AddSingleton<IOneTimeStore, RedisOneTimeStore>()
        .AddSingleton<IDistributedCache>(static provider => ActivatorUtilities.CreateInstance<SealedCache>(
            provider, RedisCacheOn(provider.GetRequiredService<RedisLink>())));

    private static IServiceCollection AddEncryption(this IServiceCollection services) => services
        .AddSingleton(static provider => EncryptionKeys.Load(
            provider.GetRequiredService<IOptions<StoreOptions>>().Value, provider.GetRequiredService<ILogger<EncryptionKeyRing>>()))
        .AddSingleton<SecretProtector>()
        .AddSingleton<RotationLease>()
        .AddSingleton(static provider => new StoreKeys(provider.GetRequiredService<KeyRotator>().CountAsync))
        .AddSingleton(static provider =>
        {
            var rotator = ActivatorUtilities.CreateInstance<KeyRotator>(provider);
            provider.GetRequiredService<GatewayMetrics>().ObserveStoreRecords(rotator.Observe);
            return rotator;
        })
        .AddHostedService(static provider => provider.GetRequiredService<KeyRotator>());

    private static IServiceCollection AddConnections(this IServiceCollection services) => services
        .AddSingleton<CachedTokens>()
        .AddSingleton<ConnectionSealer>()
        .AddSingleton<RecordStrings>()
        .AddSingleton<FailoverRepair>()
        .AddSingleton<IGrantJournal, GrantJournal>()
        .AddSingleton<IInstanceRegistry, InstanceRegistry>()
        .AddSingleton<RefreshSteps>()
        .AddSingleton<ConnectionIndex>()
        .AddSingleton<ConnectionListing>()
        .AddSingleton<RecordScanner>()
        .AddSingleton<ISealedRecords>(static provider => provider.GetRequiredService<RecordScanner>())
        .AddSingleton<IConnectionStore, RedisConnectionStore>()
        .AddSingleton<IRenewalSchedule, RedisRenewalSchedule>();

    // Created here so that the container does not dispose it: RedisCache would close the connection that it shares.
    private static RedisCache RedisCacheOn(RedisLink link) =>
        new(new RedisCacheOptions { ConnectionMultiplexerFactory = () => link.Multiplexer, InstanceName = RedisKeys.CachePrefix });

    // For a process without a credential cache.
    private sealed class EmptyConnectionCache : IKnownConnections
    {
        public Connection? Find(ConnectionId id, TimeSpan confirmedWithin) => null;
    }
}
