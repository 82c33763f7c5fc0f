using System.Text.Json.Serialization;

using Gateway.Model;

namespace Gateway.Onboarding.Consent;

/// <summary>
/// A browser on its way to a provider and back (RFC 9700 section 4.4.2): everything that the callback is checked against. Kept, sealed,
/// under the hash of the state, for ten minutes and one presentation.
/// </summary>
internal sealed class PendingConsent
{
    public required string LinkToken { get; init; }

    public required string Provider { get; init; }

    public required string Name { get; init; }

    /// <summary>The hash of the cookie that the browser received.</summary>
    public required string CookieHash { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Byte for byte what the provider received.</summary>
    public required string RedirectUri { get; init; }

    public required IReadOnlyList<string> Scopes { get; init; }

    public required IReadOnlyDictionary<string, string> Fields { get; init; }

    /// <summary>The code verifier (RFC 7636); empty without PKCE.</summary>
    public string Verifier { get; init; } = "";

    /// <summary>Where the code is redeemed; null when the provider hands out keys.</summary>
    public Uri? TokenEndpoint { get; init; }

    public string? ClientId { get; init; }

    /// <summary>The expected value of <c>iss</c>; null when the issuer is not known.</summary>
    public string? Issuer { get; init; }

    /// <summary>True when a callback without <c>iss</c> is refused.</summary>
    public bool SendsIssuer { get; init; }
}

/// <summary>Consents under way, by state: created for every start, taken at the first presentation, on any instance.</summary>
internal sealed class PendingConsents(IOneTimeStore store, TimeProvider clock)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    private readonly OneTimeEntries<PendingConsent> _entries = new(store, "state", StoredConsentJson.Default.PendingConsent, clock);

    /// <param name="state">Random; only its hash is stored.</param>
    /// <param name="consent">What the callback will be checked against.</param>
    public ValueTask AddAsync(string state, PendingConsent consent) => _entries.PutAsync(state, consent, Lifetime);

    /// <summary>Null for a state that was never issued, was presented before, or has expired.</summary>
    public async Task<PendingConsent?> TakeAsync(string? state) =>
        state is not null && await _entries.TakeAsync(state) is { } consent && consent.ExpiresAt > clock.GetUtcNow() ? consent : null;
}

/// <summary>The stored forms.</summary>
[JsonSourceGenerationOptions(AllowDuplicateProperties = false)]
[JsonSerializable(typeof(PendingConsent))]
[JsonSerializable(typeof(ConsentOutcome))]
internal sealed partial class StoredConsentJson : JsonSerializerContext;
