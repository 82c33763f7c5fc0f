using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

using Duende.IdentityModel;
using Duende.IdentityModel.Client;

using Gateway.Model;
using Gateway.Onboarding.Links;
using Gateway.Tokens.TokenEndpoint;

namespace Gateway.Onboarding.Consent;

/// <summary>
/// The address to send a browser to, with a fresh state that is bound to the browser. What the callback is checked against is kept with
/// the state.
/// </summary>
internal sealed class AuthorizationRequest(
    PendingConsents consents, BrowserBinding binding, EndpointResolver endpoints, ConnectSettings settings, TimeProvider clock)
{
    /// <summary>Null when the provider's endpoints are unavailable. The token is the link's; the fields are validated.</summary>
    public async Task<string?> CreateAsync(
        HttpContext context, Provider provider, ConnectLink link, string token, IReadOnlyDictionary<string, string> fields)
    {
        var state = RandomToken.Create();
        var resolved = provider.OAuth is { } client ? await endpoints.ResolveAsync(client, fields, context.RequestAborted) : null;
        if (resolved is { Authorization: null } or { Token: null })
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

            // One address for each provider (RFC 9700 section 4.4.2.2): byte for byte what is registered there.
            RedirectUri = settings.Absolute($"/callback/{provider.Name}"),
            Scopes = link.Scopes ?? provider.WantedScopes(),
            Fields = fields,
            Verifier = provider.OAuth is { Pkce: true } ? RandomToken.Create() : "",
            TokenEndpoint = resolved?.Token,
            ClientId = provider.OAuth?.ClientId,
            Issuer = resolved?.Issuer,
            SendsIssuer = resolved?.SendsIssuer ?? false,
        };
        await consents.AddAsync(state, consent);
        return resolved is { Authorization: { } authorization }
            ? CodeUrl(provider.OAuth!, authorization, consent, state)
            : KeyUrl(provider.Onboarding.Key!, consent, state);
    }

    /// <summary>The challenge of a verifier by method S256 (RFC 7636 section 4.2); <c>plain</c> is not supported.</summary>
    public static string ChallengeOf(string verifier) => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));

    // RFC 6749 section 4.1.1, with the challenge of RFC 7636 section 4.3.
    private static string CodeUrl(OAuthClient client, Uri endpoint, PendingConsent consent, string state)
    {
        // A parameter over a field that is not known is left out: the provider asks its owner instead.
        var configured = client.AuthorizationParameters
            .Where(parameter => parameter.Value.FieldNames.All(consent.Fields.ContainsKey))
            .Select(parameter => KeyValuePair.Create(parameter.Key, parameter.Value.Expand(name => consent.Fields[name])));
        var hasVerifier = consent.Verifier.Length > 0;
        return new RequestUrl(endpoint.AbsoluteUri).CreateAuthorizeUrl(
            client.ClientId,
            OidcConstants.ResponseTypes.Code,
            consent.Scopes.Count > 0 ? string.Join(' ', consent.Scopes) : null,
            consent.RedirectUri,
            state,
            codeChallenge: hasVerifier ? ChallengeOf(consent.Verifier) : null,
            codeChallengeMethod: hasVerifier ? OidcConstants.CodeChallengeMethods.Sha256 : null,
            extra: new Parameters(configured));
    }

    private static string KeyUrl(KeyOnboarding key, PendingConsent consent, string state)
    {
        var parameters = new Parameters { { "state", state } };
        if (consent.Scopes.Count > 0)
        {
            parameters.Add("permissions", string.Join(',', consent.Scopes));
        }

        return new RequestUrl(key.AuthorizationUrl.AbsoluteUri).Create(parameters);
    }
}
