namespace Gateway.Onboarding.Consent;

/// <summary>
/// A browser on its way to a provider and back (RFC 9700 section 4.4.2): everything that its answer is held against. Kept, sealed, under the
/// hash of the state, for ten minutes and one presentation.
/// </summary>
internal sealed class PendingConsent
{
    public required string LinkToken { get; init; }

    public required string Provider { get; init; }

    public required string Name { get; init; }

    /// <summary>The hash of the cookie that the browser got.</summary>
    public required string CookieHash { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Byte for byte what the provider was told.</summary>
    public required string RedirectUri { get; init; }

    public required IReadOnlyList<string> Scopes { get; init; }

    public required IReadOnlyDictionary<string, string> Fields { get; init; }

    /// <summary>PKCE's verifier; empty without PKCE.</summary>
    public string Verifier { get; init; } = "";

    /// <summary>Where the code is to be redeemed; null when a key comes back instead.</summary>
    public Uri? TokenEndpoint { get; init; }

    public string? ClientId { get; init; }

    /// <summary>What <c>iss</c> must be when it is there; null when nobody knows.</summary>
    public string? Issuer { get; init; }

    /// <summary>An answer without <c>iss</c> is not the server's.</summary>
    public bool SendsIssuer { get; init; }
}
