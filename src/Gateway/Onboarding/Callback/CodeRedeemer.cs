using System.Text.Json;

using Gateway.Model;
using Gateway.Onboarding.Consent;
using Gateway.Tokens.Refreshing;
using Gateway.Tokens.TokenEndpoint;

namespace Gateway.Onboarding.Callback;

/// <summary>A connection as a provider's answer would create it, before it is verified or stored.</summary>
/// <param name="Connection">Without generation: the store assigns it.</param>
/// <param name="Extras">Short texts that the token answer contains beside the tokens.</param>
internal sealed record UnverifiedConnection(Connection Connection, IReadOnlyDictionary<string, string> Extras)
{
    /// <summary>A member of the token answer, else of the account's description; null when neither has it.</summary>
    public string? Member(string name, JsonElement? account) =>
        Extras.GetValueOrDefault(name)
        ?? (account is { } json && json.TryGetProperty(name, out var value)
            ? value.ValueKind switch
            {
                JsonValueKind.String => value.GetString(),
                JsonValueKind.Number => value.GetRawText(),
                _ => null,
            }
            : null);
}

/// <summary>Turns a code into an unverified connection, with one call at the token endpoint; or a key, with none.</summary>
internal sealed partial class CodeRedeemer(
    TokenEndpointClient endpoint, EndpointResolver endpoints, TimeProvider clock, ILogger<CodeRedeemer> logger)
{
    /// <returns>The connection, or why there is none.</returns>
    public Task<(UnverifiedConnection? Unverified, Refusal? Refusal)> RedeemAsync(
        Provider provider, PendingConsent consent, Secret grant) =>
        provider.OAuth is { Grant: OAuthGrant.AuthorizationCode } client && consent.TokenEndpoint is { } tokenEndpoint
            ? RedeemCodeAsync(client, tokenEndpoint, consent, grant)
            : Task.FromResult(AcceptKey(provider, consent, grant));

    private async Task<(UnverifiedConnection? Unverified, Refusal? Refusal)> RedeemCodeAsync(
        OAuthClient client, Uri tokenEndpoint, PendingConsent consent, Secret code)
    {
        // The code belongs to the server and the client of the start (RFC 9700 section 4.4); a reload may have changed either.
        if (client.ClientId != consent.ClientId
            || await endpoints.TokenEndpointAsync(client, consent.Fields, CancellationToken.None) != tokenEndpoint)
        {
            return (null, Refusal.Changed);
        }

        var askedAt = clock.GetUtcNow();
        var redemption = new CodeRedemption(code, consent.RedirectUri, new Secret(consent.Verifier));
        var call = await endpoint.RedeemAsync(new(consent.Provider, consent.Name), client, tokenEndpoint, redemption);
        if (!call.TryGet(out var answer, out var failure))
        {
            Log.NotRedeemed(logger, consent.Provider, consent.Name, failure.Outcome, failure.Reason);
            return (null, ToRefusal(failure.Outcome));
        }

        return (new UnverifiedConnection(RefreshedConnection.Of(ConnectionOf(consent), client, answer, askedAt), answer.Extras), null);
    }

    private static (UnverifiedConnection? Unverified, Refusal? Refusal) AcceptKey(Provider provider, PendingConsent consent, Secret key)
    {
        if (provider.Onboarding.Key is not { } rules)
        {
            return (null, Refusal.Changed);
        }

        // The key goes into a header unchanged.
        var text = key.Reveal();
        var pattern = provider.SecretPatterns.GetValueOrDefault(rules.KeyParameter);
        if (text.AsSpan().ContainsAnyExceptInRange('!', '~') || pattern?.IsMatch(text) == false)
        {
            return (null, Refusal.Malformed);
        }

        var grant = new Grant(default, new Dictionary<string, Secret>(StringComparer.Ordinal) { [rules.KeyParameter] = key });

        // No scopes: the callback does not say which permissions were granted.
        var connection = ConnectionOf(consent) with { Grant = grant, Scopes = [] };
        return (new UnverifiedConnection(connection, new Dictionary<string, string>(StringComparer.Ordinal)), null);
    }

    private static Connection ConnectionOf(PendingConsent consent) => new()
    {
        Id = new(consent.Provider, consent.Name),
        Generation = 0,
        Grant = Grant.None,
        Fields = consent.Fields,
        Scopes = consent.Scopes,
    };

    private static Refusal ToRefusal(RefreshOutcome outcome) => outcome switch
    {
        RefreshOutcome.Permanent => Refusal.CodeRefused,
        RefreshOutcome.Configuration => Refusal.ProviderRefused,
        _ => Refusal.ProviderAway,
    };

    private static partial class Log
    {
        [LoggerMessage(5010, LogLevel.Warning, "Code for connection {Provider}/{Connection} not redeemed: {Outcome}, {Reason}")]
        public static partial void NotRedeemed(ILogger logger, string provider, string connection, RefreshOutcome outcome, string reason);
    }
}
