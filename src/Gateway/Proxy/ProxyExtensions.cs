using System.Text;

using Gateway.Proxy.Replay;
using Gateway.Proxy.Routes;

using Microsoft.AspNetCore.Server.Kestrel.Core;

using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;

namespace Gateway.Proxy;

/// <summary>The proxied path of a request, on YARP.</summary>
public static class ForwardingExtensions
{
    /// <summary>Bytes of request bodies that the whole process may keep for replays. Default 64 MiB.</summary>
    public const string ReplayMemoryKey = "Forwarding:ReplayMemory";

    public static IServiceCollection AddGatewayForwarding(this IServiceCollection services)
    {
        services.AddReverseProxy()
            .AddTransformFactory<CredentialTransformFactory>()
            .AddTransforms<CredentialTransformProvider>();
        services.AddSingleton<ProxyConfigSource>();
        services.AddSingleton<IProxyConfigProvider>(static provider => provider.GetRequiredService<ProxyConfigSource>());
        services.AddSingleton<IForwarderHttpClientFactory, UpstreamClientFactory>();
        services.AddSingleton<GatewayProblem>();
        services.AddSingleton<UnauthorizedRecovery>();
        services.AddSingleton<FailureLog>();
        services.AddSingleton(static provider => new ReplayMemory(
            provider.GetRequiredService<IConfiguration>().GetValue(ReplayMemoryKey, ReplayMemory.DefaultLimit)));

        // Third parties' header values are read as Latin-1; the same bytes go back.
        return services.Configure<KestrelServerOptions>(
            static options => options.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1);
    }

    /// <summary>What must see a request of the proxy listener before routing does. Call it on that listener's branch only.</summary>
    public static IApplicationBuilder UseGatewayForwarding(this IApplicationBuilder app) => app.UseMiddleware<RawTargetMiddleware>();

    public static IEndpointConventionBuilder MapGatewayProxy(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapReverseProxy(static pipeline =>
        {
            pipeline.UseMiddleware<ForwarderErrorMiddleware>();
            pipeline.UseSessionAffinity();
            pipeline.UseLoadBalancing();
            pipeline.UsePassiveHealthChecks();
        });
}
