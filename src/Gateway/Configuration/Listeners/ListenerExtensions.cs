using System.Collections.Concurrent;

using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Gateway.Configuration.Listeners;

/// <summary>The listeners, one for each audience. The names of the Kestrel endpoints in the configuration begin with these.</summary>
public enum GatewayListener
{
    /// <summary>Internal applications: the routes, nothing else.</summary>
    Proxy,

    /// <summary>Operators and Prometheus: admin API, metrics, health.</summary>
    Admin,

    /// <summary>Browsers of account owners: onboarding, nothing else.</summary>
    Connect,
}

/// <summary>
/// Several listeners in one process, each with a pipeline and a routing table of its own. The socket decides which one a request meets, so
/// that a path of another listener is not found, however it is encoded and whatever the <c>Host</c> header says.
/// </summary>
public static class ListenerExtensions
{
    /// <summary>1 MiB: more than any connection that an operator puts.</summary>
    private const long MaxBodySize = 1048576;

    /// <summary>Kestrel on the configured endpoints, each connection marked with its listener.</summary>
    public static IServiceCollection AddGatewayListeners(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddRouting();
        services.TryAddSingleton<ListenerAddresses>();

        // The code of a request runs on the thread that read it from its socket, without a hop to another thread. Code that blocks would
        // delay other connections, so no listener may have any.
        services.Configure<SocketTransportOptions>(static transport => transport.UnsafePreferInlineScheduling = true);
        services.AddOptions<KestrelServerOptions>()
            .Configure<ListenerAddresses>((options, addresses) => Listen(options, configuration.GetSection("Kestrel"), addresses));
        return services;
    }

    /// <summary>
    /// Serves the requests of one listener: <paramref name="use"/> runs before routing, <paramref name="useAfterRouting"/> after it. Request
    /// bodies are limited to 1 MiB, except on the proxy.
    /// </summary>
    public static void MapListener(
        this IApplicationBuilder app, GatewayListener listener, Action<IApplicationBuilder> use, Action<IEndpointRouteBuilder> map,
        Action<IApplicationBuilder>? useAfterRouting = null) =>
        app.MapWhen(
            context => context.GetListener() == listener,
            branch =>
            {
                if (listener != GatewayListener.Proxy)
                {
                    branch.Use(LimitBody);
                }

                use(branch);
                branch.UseRouting();
                useAfterRouting?.Invoke(branch);
                branch.UseEndpoints(map);
            });

    /// <summary>The listener that a request came in on.</summary>
    /// <returns>Null when the socket is not one of the configuration.</returns>
    public static GatewayListener? GetListener(this HttpContext context) => context.Features.Get<ListenerFeature>()?.Listener;

    /// <summary>The address of a listener, after the application has started.</summary>
    public static Uri AddressOf(this WebApplication app, GatewayListener listener) =>
        app.Services.GetRequiredService<ListenerAddresses>().Of(listener);

    /// <summary>The listener that a Kestrel endpoint belongs to, by the beginning of its name; null for none.</summary>
    internal static GatewayListener? FindListener(string endpointName)
    {
        var name = Array.Find(Enum.GetNames<GatewayListener>(), name => endpointName.StartsWith(name, StringComparison.OrdinalIgnoreCase));
        return name is null ? null : Enum.Parse<GatewayListener>(name);
    }

    private static void Listen(KestrelServerOptions options, IConfigurationSection section, ListenerAddresses addresses)
    {
        KestrelLimits.Apply(options);

        // Sockets are opened once: a changed endpoint needs a restart, and the reload logs that.
        var endpoints = options.Configure(section, reloadOnChange: false);
        foreach (var name in section.GetSection("Endpoints").GetChildren().Select(static endpoint => endpoint.Key))
        {
            var listener = FindListener(name)!.Value;
            endpoints.Endpoint(name, endpoint =>
            {
                endpoint.ListenOptions.Use(next => connection =>
                {
                    connection.Features.Set(new ListenerFeature(listener));
                    return next(connection);
                });
                addresses.Add(listener, endpoint.ListenOptions);
            });
        }
    }

    private static Task LimitBody(HttpContext context, RequestDelegate next)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = MaxBodySize;
        }

        return next(context);
    }

    /// <summary>A feature of the connection: a request cannot change it.</summary>
    private sealed record ListenerFeature(GatewayListener Listener);
}

/// <summary>The addresses of the listeners: a configured port 0 is replaced by the real one when the socket opens.</summary>
public sealed class ListenerAddresses
{
    // Written by Kestrel while it binds, read by any thread afterwards.
    private readonly ConcurrentDictionary<GatewayListener, ListenOptions> _endpoints = new();

    /// <returns>The first address, when a listener has several.</returns>
    /// <exception cref="InvalidOperationException">The socket is not open yet.</exception>
    public Uri Of(GatewayListener listener) => _endpoints.TryGetValue(listener, out var endpoint)
        ? new Uri($"{endpoint}")
        : throw new InvalidOperationException($"{listener} does not listen yet.");

    internal void Add(GatewayListener listener, ListenOptions endpoint) => _endpoints.TryAdd(listener, endpoint);
}

/// <summary>What differs from the server's own limits, for every listener.</summary>
internal static class KestrelLimits
{
    public static void Apply(KestrelServerOptions options)
    {
        options.AddServerHeader = false;
        options.RequestHeaderEncodingSelector = ConnectionHeaderEncoding.ForHeader;

        // The framework has no limit. At about 20 KiB each, this many idle connections stay below 200 MiB.
        options.Limits.MaxConcurrentConnections = 10_000;
        options.Limits.MaxConcurrentUpgradedConnections = 1_000;

        // Uploads of any size stream through the proxy listener; the other listeners have a limit of their own (MapListener).
        options.Limits.MaxRequestBodySize = null;
    }
}
