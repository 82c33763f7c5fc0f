using System.Text;

using Gateway.Proxy.Replay;
using Gateway.Proxy.Routes;

using Microsoft.AspNetCore.Server.Kestrel.Core;

using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;

namespace Gateway.Proxy;

/// <summary>Services, middleware and endpoints of the proxied routes, on YARP.</summary>
public static class ProxyExtensions
{
    /// <summary>Bytes of request bodies that the process may keep for replays. Default 64 MiB.</summary>
    public const string ReplayMemoryKey = "Proxy:ReplayMemory";

    /// <summary>The name before; read when the other one is absent.</summary>
    private const string FormerReplayMemoryKey = "Forwarding:ReplayMemory";

    public static IServiceCollection AddGatewayProxy(this IServiceCollection services)
    {
        services.AddReverseProxy()
            .AddTransformFactory<CredentialTransformProvider>()
            .AddTransforms<CredentialTransformProvider>();
        services.AddSingleton<ProxyConfigSource>();
        services.AddSingleton<IProxyConfigProvider>(static provider => provider.GetRequiredService<ProxyConfigSource>());
        services.AddSingleton<IForwarderHttpClientFactory, UpstreamClientFactory>();
        services.AddSingleton<GatewayProblem>();
        services.AddSingleton<UnauthorizedRecovery>();
        services.AddSingleton<ForwarderErrorLog>();
        services.AddSingleton(static provider => new ReplayMemory(ReplayLimitOf(provider.GetRequiredService<IConfiguration>())));

        // HttpClient decodes third parties' header values as Latin-1; this sends the same bytes back.
        return services.Configure<KestrelServerOptions>(
            static options => options.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1);
    }

    /// <summary>The middleware that must run before routing, on the proxy listener only.</summary>
    public static IApplicationBuilder UseGatewayProxy(this IApplicationBuilder app) => app.UseMiddleware<RawTargetMiddleware>();

    public static IEndpointConventionBuilder MapGatewayProxy(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapReverseProxy(static pipeline =>
        {
            pipeline.UseMiddleware<ForwarderErrorMiddleware>();
            pipeline.UseSessionAffinity();
            pipeline.UseLoadBalancing();
            pipeline.UsePassiveHealthChecks();
        });

    private static long ReplayLimitOf(IConfiguration configuration) =>
        configuration.GetValue<long?>(ReplayMemoryKey) ?? configuration.GetValue(FormerReplayMemoryKey, ReplayMemory.DefaultLimit);
}
