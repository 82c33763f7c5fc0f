using Gateway.Admin;
using Gateway.Configuration;
using Gateway.Configuration.Listeners;
using Gateway.Observability;
using Gateway.Onboarding;
using Gateway.Proxy;
using Gateway.Store;
using Gateway.Store.Encryption;
using Gateway.Store.Redis;
using Gateway.Tokens;
using Gateway.Tokens.Renewal;

namespace Gateway;

/// <summary>The gateway, put together in the order in which a request meets its parts.</summary>
public static class GatewayHosting
{
    /// <summary>Requests in flight and a rotated grant on its way to the store get this long after a stop was asked for.</summary>
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(30);

    /// <param name="args">The command line: <c>--config FILE</c> and keys. All configuration comes in this way.</param>
    /// <param name="configure">Further services, logging above all; tests replace the clock here.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        // Empty: the framework's own files, environment prefixes and start-up filters have no say here, and the start is shorter.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = nameof(Gateway) });
        builder.AddGatewayConfiguration(args);
        AddHost(builder);
        AddParts(builder.Services, builder.Configuration);
        configure?.Invoke(builder);

        var app = builder.Build();

        // Ahead of routing, which would fold dot segments away before anyone could refuse them.
        app.UseWhen(static context => context.Listener() == GatewayListener.Proxy, static proxy => proxy.UseGatewayForwarding());
        app.UseWhen(static context => context.Listener() == GatewayListener.Admin, static admin => admin.UseGatewayAdmin());
        app.UseWhen(static context => context.Listener() == GatewayListener.Connect, static connect => connect.UseGatewayOnboarding());
        app.UseRouting();
        app.MapGatewayProxy().OnListener(GatewayListener.Proxy);
        app.MapGatewayAdmin(OnboardingExtensions.MapConnectLinks).OnListener(GatewayListener.Admin);
        app.MapGatewayOnboarding().OnListener(GatewayListener.Connect);
        app.MapGatewayTelemetry().OnListener(GatewayListener.Admin);
        return app;
    }

    // The store comes first: hosted services start in this order and stop in the opposite one.
    private static void AddParts(IServiceCollection services, IConfiguration configuration)
    {
        services.AddGatewayStore(configuration);
        services.AddGatewayTokens();
        services.AddGatewayRenewal();
        services.AddGatewayForwarding();
        WithoutKeyFiles(services);
        services.AddGatewayOnboarding(static provider => provider.GetRequiredService<ListenerAddresses>().Of(GatewayListener.Connect));
        services.AddGatewayAdmin();
        services.AddGatewayObservability(configuration, static context => context.Listener() == GatewayListener.Proxy);
        services.AddSingleton(static provider => new Readiness(
            () => Trouble(provider.GetRequiredService<StoreReadiness>()),
            () => provider.GetRequiredService<TokenBroker>().IsWarm,
            provider.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping)
        {
            IsKeyMissing = () => provider.GetRequiredService<KeyRotator>().IsKeyMissing,
        });
    }

    // YARP brings data protection for session affinity. Left to itself it writes a key to the home directory at every first start;
    // without its hosted service that happens only if a cluster asks for affinity.
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

    private static string? Trouble(StoreReadiness store) => store.IsReady ? null : store.Reason;

    private static void AddHost(WebApplicationBuilder builder)
    {
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging"));
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.Services.AddGatewayListeners(builder.Configuration);
        builder.Services.Configure<HostOptions>(static host => host.ShutdownTimeout = ShutdownTimeout);
    }
}
