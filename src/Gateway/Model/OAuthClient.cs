using System.Collections.Frozen;

namespace Gateway.Model;

/// <summary>The gateway as an OAuth 2 client of one provider.</summary>
public sealed class OAuthClient
{
    public required OAuthGrant Grant { get; init; }

    /// <summary>Where a grant becomes a token; may hold fields of the connection. Null: from <see cref="Discovery"/>.</summary>
    public UriTemplate? TokenEndpoint { get; init; }

    /// <summary>Where an owner consents. Null: from <see cref="Discovery"/>, or connections are not made by links.</summary>
    public UriTemplate? AuthorizationEndpoint { get; init; }

    /// <summary>Where a token is revoked (RFC 7009). Null: from <see cref="Discovery"/>, or none.</summary>
    public UriTemplate? RevocationEndpoint { get; init; }

    /// <summary>
    /// A revocation ends one grant and nothing else that its owner allowed, which RFC 7009 section 2.1 leaves open. Default false: then the
    /// grant of a consent that was not used is revoked only while nothing is connected.
    /// </summary>
    public bool RevocationIsPerGrant { get; init; }

    /// <summary>The server's metadata (RFC 8414, OpenID Connect Discovery): fills in what is not configured. Null for none.</summary>
    public Uri? Discovery { get; init; }

    /// <summary>What <c>iss</c> of a callback must be (RFC 9207). Null: from <see cref="Discovery"/>, or unknown.</summary>
    public string? Issuer { get; init; }

    public required string ClientId { get; init; }

    /// <summary>The current secret, then older ones that the provider may still know. Never empty.</summary>
    public required IReadOnlyList<Secret> ClientSecrets { get; init; }

    public ClientAuthentication ClientAuthentication { get; init; } = ClientAuthentication.Basic;

    public IReadOnlyList<string> Scopes { get; init; } = [];

    /// <summary>Send a PKCE S256 challenge (RFC 7636). Default true.</summary>
    public bool Pkce { get; init; } = true;

    /// <summary>Further parameters of the authorization request, over the public fields. One that lacks a field is left out.</summary>
    public IReadOnlyDictionary<string, TextTemplate> AuthorizationParameters { get; init; } = FrozenDictionary<string, TextTemplate>.Empty;

    /// <summary>How long before expiry a token is renewed, at most half of its lifetime. Default five minutes. Zero: on request.</summary>
    public TimeSpan RefreshBeforeExpiry { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The lifetime of a token whose answer names none. Default one hour.</summary>
    public TimeSpan DefaultLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>For how long the provider accepts a refresh token again after it was spent. Default zero: never.</summary>
    public TimeSpan ReuseGrace { get; init; }

    /// <summary>
    /// How long an interrupted refresh waits for its instance to return with the answer, before another one presents the grant again.
    /// Default ten minutes, at most a day. It does not wait when the instance is known to be dead, nor within <see cref="ReuseGrace"/>.
    /// </summary>
    public TimeSpan InterruptedWait { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The deadline of one call at the token endpoint, body included. Default ten seconds.</summary>
    public TimeSpan TokenTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How many tokens one instance renews in the background at once. Default sixteen. It does not limit requests.</summary>
    public int MaxParallelRefreshes { get; init; } = 16;

    /// <summary>True when tokens are renewed without a request, which keeps grants alive. Client credentials have none to keep.</summary>
    public bool RenewsUnasked => Grant == OAuthGrant.AuthorizationCode && RefreshBeforeExpiry > TimeSpan.Zero;
}

/// <summary>How the gateway proves itself at a token endpoint (RFC 6749 section 2.3.1); exactly one way per request.</summary>
public enum ClientAuthentication
{
    /// <summary>HTTP Basic, id and secret form-url-encoded first.</summary>
    Basic,

    /// <summary><c>client_id</c> and <c>client_secret</c> in the form body.</summary>
    Body,
}

/// <summary>What a provider is asked for, how far it reaches, and what of it a connection got.</summary>
public static class ScopeRules
{
    // The words that providers use for more than reading, as parts of a scope: invoices:write, contact_edit, customers_rwd_all.
    private static readonly FrozenSet<string> Words = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase, "write", "edit", "delete", "rw", "rwd", "create", "update", "manage", "admin", "full", "all");

    private static readonly char[] Separators = [':', '_', '.', '-', '/'];

    /// <summary>The scopes or permissions of the configuration.</summary>
    public static IReadOnlyList<string> WantedScopes(this Provider provider) =>
        provider.OAuth?.Scopes ?? provider.Onboarding.Key?.Permissions ?? [];

    /// <summary>True for what can change data or reaches far.</summary>
    public static bool IsElevated(this Provider provider, string scope) =>
        provider.Onboarding.ElevatedScopes.Contains(scope) || scope.Split(Separators).Any(Words.Contains);

    /// <summary>What was wanted and not granted; empty when the provider did not say what it granted.</summary>
    public static IReadOnlyList<string> Missing(IReadOnlyList<string> wanted, IReadOnlyList<string> granted) =>
        granted.Count == 0 ? [] : [.. wanted.Except(granted, StringComparer.Ordinal)];
}
