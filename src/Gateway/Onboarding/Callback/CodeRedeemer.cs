using Gateway.Model;
using Gateway.Onboarding.Consent;
using Gateway.Tokens.Refreshing;
using Gateway.Tokens.TokenEndpoint;

namespace Gateway.Onboarding.Callback;

/// <summary>Makes a candidate of a code, with one call at the token endpoint, or of a key, with none.</summary>
internal sealed partial class CodeRedeemer(
    TokenEndpointClient endpoint, EndpointResolver endpoints, TimeProvider clock, ILogger<CodeRedeemer> logger)
{
    /// <returns>A candidate, or why there is none.</returns>
    public Task<(UnverifiedConnection? UnverifiedConnection, Refusal? Refusal)> MakeAsync(Provider provider, PendingConsent consent, Secret grant) =>
        provider.OAuth is { Grant: OAuthGrant.AuthorizationCode } client && consent.TokenEndpoint is { } place
            ? RedeemAsync(client, place, consent, grant)
            : Task.FromResult(OfKey(provider, consent, grant));

    private async Task<(UnverifiedConnection? UnverifiedConnection, Refusal? Refusal)> RedeemAsync(OAuthClient client, Uri place, PendingConsent consent, Secret code)
    {
        // The code belongs to the server and the client of the start (RFC 9700 section 4.4): after a reload it is nobody else's.
        if (client.ClientId != consent.ClientId || await endpoints.TokenEndpointAsync(client, consent.Fields, CancellationToken.None) != place)
        {
            return (null, Refusal.Changed);
        }

        var askedAt = clock.GetUtcNow();
        var redemption = new CodeRedemption(code, consent.RedirectUri, new Secret(consent.Verifier));
        var call = await endpoint.RedeemAsync(new(consent.Provider, consent.Name), client, place, redemption);
        if (!call.TryGet(out var answer, out var failure))
        {
            Log.NotRedeemed(logger, consent.Provider, consent.Name, failure.Outcome, failure.Reason);
            return (null, Meaning(failure.Outcome));
        }

        return (new UnverifiedConnection(RefreshedConnection.Of(Blank(consent), client, answer, askedAt), answer.Extras), null);
    }

    private static (UnverifiedConnection? UnverifiedConnection, Refusal? Refusal) OfKey(Provider provider, PendingConsent consent, Secret key)
    {
        if (provider.Onboarding.Key is not { } rules)
        {
            return (null, Refusal.Changed);
        }

        // It goes into a header as it is.
        var text = key.Reveal();
        var pattern = provider.SecretPatterns.GetValueOrDefault(rules.KeyParameter);
        if (text.AsSpan().ContainsAnyExceptInRange('!', '~') || pattern?.IsMatch(text) == false)
        {
            return (null, Refusal.Malformed);
        }

        var grant = new Grant(default, new Dictionary<string, Secret>(StringComparer.Ordinal) { [rules.KeyParameter] = key });

        // What was asked for says nothing of what was granted.
        return (new UnverifiedConnection(Blank(consent) with { Grant = grant, Scopes = [] }, new Dictionary<string, string>(StringComparer.Ordinal)), null);
    }

    private static Connection Blank(PendingConsent consent) => new()
    {
        Id = new(consent.Provider, consent.Name), Generation = 0, Grant = Grant.None, Fields = consent.Fields, Scopes = consent.Scopes,
    };

    private static Refusal Meaning(RefreshOutcome outcome) => outcome switch
    {
        RefreshOutcome.Permanent => Refusal.CodeRefused,
        RefreshOutcome.Configuration => Refusal.ProviderRefused,
        _ => Refusal.ProviderAway,
    };

    private static partial class Log
    {
        [LoggerMessage(5010, LogLevel.Warning, "The code for connection {Provider}/{Connection} was not redeemed: {Outcome}, {Reason}.")]
        public static partial void NotRedeemed(ILogger logger, string provider, string connection, RefreshOutcome outcome, string reason);
    }
}
