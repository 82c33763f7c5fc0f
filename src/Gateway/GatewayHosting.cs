using Gateway.Configuration;
using Gateway.Configuration.Listeners;
using Gateway.Forwarding;

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
        builder.Services.AddGatewayForwarding();
        configure?.Invoke(builder);

        var app = builder.Build();
        app.MapGroup("").OnListener(GatewayListener.Proxy).MapGatewayProxy();
        return app;
    }

    private static void AddHost(WebApplicationBuilder builder)
    {
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging")).AddSimpleConsole();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.Services.AddGatewayListeners(builder.Configuration);
        builder.Services.Configure<HostOptions>(static host => host.ShutdownTimeout = ShutdownTimeout);
    }
}
