using Gateway.Store;

namespace Gateway.Testing;

/// <summary>
/// The hosted parts that start the store's server and watch it: tests of other things put a store in memory in their place.
/// </summary>
internal static class StoreServer
{
    /// <summary>By type, not by name: a part that moves takes this along, or the test says that it is missing.</summary>
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
