using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Gateway.Configuration.Listeners;

/// <summary>Three listeners in one process, kept apart by the socket that a request came in on.</summary>
public static class ListenerExtensions
{
    /// <summary>Kestrel on the configured endpoints, each connection marked with its listener, and the matcher that heeds the mark.</summary>
    public static IServiceCollection AddGatewayListeners(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddRouting();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<MatcherPolicy, ListenerMatcherPolicy>());
        services.TryAddSingleton<ListenerAddresses>();
        services.AddOptions<KestrelServerOptions>()
            .Configure<ListenerAddresses>((options, addresses) => Listen(options, configuration.GetSection("Kestrel"), addresses));
        return services;
    }

    /// <summary>Serves these endpoints on one listener and on no other. On all but the proxy, request bodies end at 1 MiB.</summary>
    public static TBuilder OnListener<TBuilder>(this TBuilder endpoints, GatewayListener listener)
        where TBuilder : IEndpointConventionBuilder
    {
        endpoints.Add(endpoint =>
        {
            endpoint.Metadata.Add(new ListenerMetadata(listener));
            if (listener != GatewayListener.Proxy)
            {
                endpoint.Metadata.Add(new BodyLimit());
            }
        });
        return endpoints;
    }

    /// <summary>The listener that a request came in on.</summary>
    /// <returns>Null when it did not come through a socket of the configuration.</returns>
    public static GatewayListener? Listener(this HttpContext context) => context.Features.Get<ListenerFeature>()?.Listener;

    /// <summary>Where a listener can be reached; the application has started.</summary>
    public static Uri AddressOf(this WebApplication app, GatewayListener listener) => app.Services.GetRequiredService<ListenerAddresses>().Of(listener);

    private static void Listen(KestrelServerOptions options, IConfigurationSection section, ListenerAddresses addresses)
    {
        KestrelLimits.Apply(options);

        // Sockets are opened once: a changed endpoint takes a restart, and the reload says so.
        var endpoints = options.Configure(section, reloadOnChange: false);
        foreach (var listener in Enum.GetValues<GatewayListener>())
        {
            endpoints.Endpoint(listener.ToString(), endpoint =>
            {
                Mark(endpoint.ListenOptions, ListenerFeature.Of(listener));
                addresses.Add(listener, endpoint.ListenOptions);
            });
        }
    }

    private static void Mark(ListenOptions endpoint, ListenerFeature feature) => endpoint.Use(next => connection =>
    {
        connection.Features.Set(feature);
        return next(connection);
    });
}
