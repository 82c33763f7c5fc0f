using Gateway.Admin;
using Gateway.Configuration;
using Gateway.Configuration.Listeners;
using Gateway.Observability;
using Gateway.Onboarding;
using Gateway.Onboarding.Links;
using Gateway.Proxy;
using Gateway.Store;
using Gateway.Store.Encryption;
using Gateway.Store.Redis;
using Gateway.Tokens;
using Gateway.Tokens.Renewal;

namespace Gateway;

/// <summary>Composes the gateway from its parts.</summary>
public static class GatewayHosting
{
    /// <summary>Deadline for requests in flight and for grants that are not saved yet, after a stop was requested.</summary>
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(30);

    /// <param name="args">The command line: <c>--config FILE</c>, and keys that override the configuration.</param>
    /// <param name="configure">Adds or replaces services, such as logging; tests replace the clock.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        // Empty: the framework's own files and environment prefixes must not apply, and the start is shorter.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = nameof(Gateway) });
        builder.AddGatewayConfiguration(args);
        AddHost(builder);
        AddParts(builder.Services, builder.Configuration);
        configure?.Invoke(builder);

        var app = builder.Build();
        WithoutAutomaticMiddleware(app);

        // Middleware of a listener runs before its routing, which would remove dot segments before they can be refused.
        app.MapListener(GatewayListener.Proxy, static proxy => proxy.UseGatewayProxy(), static endpoints => endpoints.MapGatewayProxy());
        app.MapListener(
            GatewayListener.Admin,
            static admin => admin.UseGatewayAdmin(),
            static endpoints =>
            {
                endpoints.MapGatewayAdmin(ConnectLinkEndpoint.Map);
                endpoints.MapGatewayTelemetry();
            },
            useAfterRouting: static admin => admin.UseAuthorization());
        app.MapListener(
            GatewayListener.Connect,
            static connect => connect.UseGatewayOnboarding(),
            static endpoints => endpoints.MapGatewayOnboarding(),
            useAfterRouting: static connect => connect.UseRateLimiter());
        return app;
    }

    // WebApplication puts the middleware of authentication and authorization in front of every listener when their services exist, unless
    // these properties are set. Only the admin listener needs them: a proxied request would pay for a service scope and two frames.
    private static void WithoutAutomaticMiddleware(IApplicationBuilder app)
    {
        app.Properties["__AuthenticationMiddlewareSet"] = true;
        app.Properties["__AuthorizationMiddlewareSet"] = true;
    }

    // Hosted services start in this order and stop in the reverse order, so the store comes first.
    private static void AddParts(IServiceCollection services, IConfiguration configuration)
    {
        services.AddGatewayStore(configuration);
        services.AddGatewayTokens();
        services.AddGatewayRenewal();
        services.AddGatewayProxy();
        services.AddGatewayOnboarding(static provider => provider.GetRequiredService<ListenerAddresses>().Of(GatewayListener.Connect));
        services.AddGatewayAdmin();
        WithoutKeyFiles(services);
        services.AddGatewayObservability(configuration, static context => context.GetListener() == GatewayListener.Proxy);
        services.AddSingleton(static provider => new Readiness(
            () => provider.GetRequiredService<StoreReadiness>() is { IsReady: false } store ? store.Reason : null,
            () => provider.GetRequiredService<TokenBroker>().IsWarm,
            () => provider.GetRequiredService<KeyRotator>().IsKeyMissing,
            provider.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping));
    }

    // YARP adds data protection for session affinity, whose hosted service would write a key to the home directory at the first start.
    // Without that service a key is written only when a cluster uses affinity.
    private static void WithoutKeyFiles(IServiceCollection services)
    {
        foreach (var part in services.Where(IsEagerKeyRing).ToList())
        {
            services.Remove(part);
        }
    }

    private static bool IsEagerKeyRing(ServiceDescriptor part) =>
        part.ServiceType == typeof(IHostedService)
        && part.ImplementationType?.Namespace?.StartsWith("Microsoft.AspNetCore.DataProtection", StringComparison.Ordinal) == true;

    private static void AddHost(WebApplicationBuilder builder)
    {
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging"));
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.Services.AddGatewayListeners(builder.Configuration);
        builder.Services.Configure<HostOptions>(static host => host.ShutdownTimeout = ShutdownTimeout);
    }
}
