using Gateway.Onboarding.Callback;
using Gateway.Onboarding.Consent;
using Gateway.Onboarding.Links;
using Gateway.Onboarding.Pages;

using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Gateway.Onboarding;

/// <summary>How a grant is born: links for owners, their consent, and what comes back from the provider.</summary>
public static class OnboardingExtensions
{
    /// <param name="services">Needs the store and the tokens.</param>
    /// <param name="connectAddress">Where the Connect listener is; asked when nothing else is configured.</param>
    public static IServiceCollection AddGatewayOnboarding(this IServiceCollection services, Func<IServiceProvider, Uri> connectAddress)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => new ConnectSettings(provider.GetRequiredService<IConfiguration>(), () => connectAddress(provider)));
        services.AddSingleton<OnboardingAudit>();
        services.AddSingleton<ConnectLinks>().AddSingleton<MarketplaceEndpoint>();
        services.AddSingleton<StartLimit>().AddSingleton<PendingConsents>().AddSingleton<Summaries>().AddSingleton<BrowserBinding>();
        services.AddSingleton<ConsentStart>().AddSingleton<ConsentEndpoints>();
        services.AddSingleton<CodeRedeemer>().AddSingleton<ConnectionVerifier>().AddSingleton<VerifiedConnections>().AddSingleton<RefusedGrants>().AddSingleton<AccountConnection>();
        services.AddSingleton<CallbackGate>().AddSingleton<Outcomes>().AddSingleton<CallbackEndpoint>();
        services.ConfigureHttpJsonOptions(static options => options.SerializerOptions.TypeInfoResolverChain.Add(ConnectLinkJson.Default));
        return services;
    }

    /// <summary>What stands before the pages: whose browser it is. For requests of the Connect listener alone.</summary>
    public static void UseGatewayOnboarding(this IApplicationBuilder app) => app.UseMiddleware<ClientAddress>();

    /// <summary>Maps the pages for owners' browsers.</summary>
    /// <returns>All of them, for conventions such as the listener they belong to.</returns>
    public static IEndpointConventionBuilder MapGatewayOnboarding(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("");

        // HEAD is what checkers of links in mail ask with. Of a callback it would spend the state.
        group.MapMethods(ConnectPaths.LinkPattern, [HttpMethods.Get, HttpMethods.Head], ConsentEndpoints.ShowAsync);
        group.MapPost(ConnectPaths.LinkPattern, ConsentEndpoints.StartAsync);
        group.MapGet(ConnectPaths.DonePattern, ResultEndpoints.DoneAsync);
        group.MapGet(ConnectPaths.ProblemPattern, ResultEndpoints.ProblemAsync);
        group.MapGet(ConnectPaths.MarketplacePattern, MarketplaceEndpoint.HandleAsync);
        group.MapGet(ConnectPaths.Stylesheet, Assets.StylesheetAsync);
        group.MapGet(ConnectPaths.Logo, Assets.LogoAsync);
        group.MapGet(CallbackEndpoint.Pattern, CallbackEndpoint.HandleAsync);
        ((IEndpointConventionBuilder)group).Finally(PageGuard.Guard);
        return group;
    }

    /// <summary>Maps what operators make links with; who calls it stands before it with the admin key.</summary>
    public static void MapConnectLinks(this IEndpointRouteBuilder endpoints) => ConnectLinkEndpoint.Map(endpoints);
}
