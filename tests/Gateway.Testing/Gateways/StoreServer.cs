using Gateway.Store;

namespace Gateway.Testing;

/// <summary>
/// The hosted services that start and watch the store's server; other tests replace them with an in-memory store.
/// </summary>
internal static class StoreServer
{
    /// <summary>By type, not by name: a moved type is followed, and a missing one fails the test.</summary>
    public static IServiceCollection WithoutStoreServer(this IServiceCollection services)
    {
        foreach (var part in new[] { typeof(StoreStart), typeof(StoreMonitor) })
        {
            services.Remove(
                services.Single(service => service.ServiceType == typeof(IHostedService) && service.ImplementationType == part));
        }

        return services;
    }
}
