using Gateway.Model;

using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Gateway.Tokens.Renewal;

/// <summary>Registers renewal that no request asks for.</summary>
public static class RenewalExtensions
{
    /// <summary>
    /// Starts renewing what <see cref="IRenewalSchedule"/> says is due. Call it after <see cref="TokensExtensions.AddGatewayTokens"/>, so that at
    /// shutdown it stops first.
    /// </summary>
    public static IServiceCollection AddGatewayRenewal(this IServiceCollection services)
    {
        services.TryAddSingleton<ProviderCatalog>();
        services.AddSingleton<DueRenewals>();
        services.AddHostedService<TokenRenewal>();
        return services;
    }
}
