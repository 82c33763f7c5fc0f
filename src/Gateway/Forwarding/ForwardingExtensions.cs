using Yarp.ReverseProxy.Configuration;

namespace Gateway.Forwarding;

public static class ForwardingExtensions
{
    public static IServiceCollection AddGatewayForwarding(this IServiceCollection services)
    {
        services.AddReverseProxy();
        services.AddSingleton<ProxyConfigSource>();
        return services.AddSingleton<IProxyConfigProvider>(static provider => provider.GetRequiredService<ProxyConfigSource>().Provider);
    }

    public static void MapGatewayProxy(this IEndpointRouteBuilder endpoints) => endpoints.MapReverseProxy();
}
