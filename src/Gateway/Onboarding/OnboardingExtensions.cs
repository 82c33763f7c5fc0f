using Gateway.Onboarding.Callback;
using Gateway.Onboarding.Consent;
using Gateway.Onboarding.Links;
using Gateway.Onboarding.Pages;

using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Gateway.Onboarding;

/// <summary>How a connection is authorised in a browser: links for owners, their consent, and the provider's callback.</summary>
public static class OnboardingExtensions
{
    /// <param name="services">With the store and the tokens.</param>
    /// <param name="connectAddress">Address of the Connect listener; used when no public address is configured.</param>
    public static IServiceCollection AddGatewayOnboarding(this IServiceCollection services, Func<IServiceProvider, Uri> connectAddress)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider =>
            new ConnectSettings(provider.GetRequiredService<IConfiguration>(), () => connectAddress(provider)));
        services.AddSingleton<OnboardingAudit>();
        services.AddSingleton<ConnectLinks>().AddSingleton<ConnectLinkEndpoint>().AddSingleton<MarketplaceEndpoint>();
        services.AddSingleton<PendingConsents>().AddSingleton<BrowserBinding>().AddSingleton<ConsentOutcomes>();
        services.AddSingleton<AuthorizationRequest>().AddSingleton<ConsentEndpoints>();
        services.AddSingleton<CodeRedeemer>().AddSingleton<ConnectionVerifier>().AddSingleton<UnusedGrants>();
        services.AddSingleton<AccountConnector>().AddSingleton<Summaries>().AddSingleton<CallbackEndpoint>();
        services.ConfigureHttpJsonOptions(static options => options.SerializerOptions.TypeInfoResolverChain.Add(ConnectLinkJson.Default));
        services.AddRateLimiter(static limits => limits.AddPolicy<string, StartLimit>(StartLimit.PolicyName));
        return services;
    }

    /// <summary>
    /// What surrounds the pages, for requests of the Connect listener alone: the client's address and headers. The rate limiter, which
    /// is bound to endpoints, has to come after routing.
    /// </summary>
    public static void UseGatewayOnboarding(this IApplicationBuilder app) => app.UseMiddleware<ClientAddress>().UseMiddleware<PageGuard>();

    /// <summary>Maps the pages for owners' browsers.</summary>
    public static void MapGatewayOnboarding(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("").ExcludeFromDescription();

        // HEAD is for link checkers of mail programs. The callback does not take it, because it would spend the state.
        group.MapMethods(ConnectPaths.LinkPattern, [HttpMethods.Get, HttpMethods.Head],
            static (string token, HttpContext context, ConsentEndpoints consent) => consent.ShowAsync(context, token));
        group.MapPost(ConnectPaths.LinkPattern,
            static (string token, HttpContext context, ConsentEndpoints consent) => consent.StartAsync(context, token))
            .RequireRateLimiting(StartLimit.PolicyName);
        group.MapGet(ConnectPaths.MarketplacePattern,
            static (string provider, HttpContext context, MarketplaceEndpoint marketplace) => marketplace.EnterAsync(context, provider))
            .RequireRateLimiting(StartLimit.PolicyName);
        group.MapGet(ConnectPaths.CallbackPattern,
            static (string provider, HttpContext context, CallbackEndpoint callback) => callback.AnswerAsync(context, provider));
        group.MapGet(ConnectPaths.DonePattern,
            static (string number, HttpContext context, Summaries summaries) => summaries.ShowAsync(number, context.RequestAborted));
        group.MapGet(ConnectPaths.ProblemPattern,
            static (string word) => Refusal.Find(word) is { } refusal ? PageResult.Problem(refusal) : Results.NotFound());
        group.MapGet(ConnectPaths.Stylesheet, Assets.Stylesheet);
        group.MapGet(ConnectPaths.Logo, Assets.Logo);
    }
}
