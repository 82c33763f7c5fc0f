using Gateway.Model;
using Gateway.Onboarding.Links;
using Gateway.Tokens.TokenEndpoint;

namespace Gateway.Onboarding.Consent;

/// <summary>Sends a browser to the provider: a fresh state, bound to it, and all that its return will be held against.</summary>
internal sealed class ConsentStart(
    PendingConsents consents, BrowserBinding binding, EndpointResolver endpoints, ConnectSettings settings, TimeProvider clock)
{
    /// <param name="context">The browser.</param>
    /// <param name="provider">The provider in force.</param>
    /// <param name="link">What the operator decided.</param>
    /// <param name="token">The link's.</param>
    /// <param name="fields">The link's fields, the stored ones and the owner's, checked.</param>
    /// <returns>Where to; null when the provider's addresses are not to be had now.</returns>
    public async Task<string?> BeginAsync(
        HttpContext context, Provider provider, ConnectLink link, string token, IReadOnlyDictionary<string, string> fields)
    {
        var state = RandomToken.Create();
        var places = provider.OAuth is { } client ? await endpoints.ResolveAsync(client, fields, context.RequestAborted) : null;
        if (places is { Authorization: null } or { Token: null })
        {
            return null;
        }

        var consent = new PendingConsent
        {
            LinkToken = token,
            Provider = provider.Name,
            Name = link.Name,
            CookieHash = binding.Bind(context, state),
            ExpiresAt = clock.GetUtcNow() + PendingConsents.Lifetime,
            RedirectUri = settings.CallbackOf(provider.Name),
            Scopes = link.Scopes ?? provider.WantedScopes(),
            Fields = fields,
            Verifier = provider.OAuth is { Pkce: true } ? RandomToken.Create() : "",
            TokenEndpoint = places?.Token,
            ClientId = provider.OAuth?.ClientId,
            Issuer = places?.Issuer,
            SendsIssuer = places?.SendsIssuer ?? false,
        };
        await consents.KeepAsync(state, consent);
        return places is { Authorization: { } authorization }
            ? AuthorizationRequest.For(provider.OAuth!, authorization, consent, state)
            : AuthorizationRequest.For(provider.Onboarding.Key!, consent, state);
    }
}
