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

    private readonly OneTimeEntries<PendingConsent> _entries = new(store, "state", clock);

    /// <summary>Only the hash of the state is stored.</summary>
    public ValueTask AddAsync(string state, PendingConsent consent) => _entries.PutAsync(state, consent, Lifetime);

    /// <summary>Null for a state that was never issued, was presented before, or has expired.</summary>
    public async Task<PendingConsent?> TakeAsync(string? state) =>
        state is not null && await _entries.TakeAsync(state) is { } consent && consent.ExpiresAt > clock.GetUtcNow() ? consent : null;
}

/// <summary>
/// The cookie that binds a state to the browser that started (RFC 9700 section 4.7). Each state has a cookie of its own, so that two
/// tabs do not overwrite each other's. The cookie outlives the state, which is spent at the first callback: with it the browser is
/// recognised when it goes back or loads the callback again, and is shown the outcome.
/// </summary>
internal sealed class BrowserBinding(ConnectSettings settings)
{
    // Enough to tell the states of one browser apart.
    private const int NameLength = 16;

    // __Host-: browsers accept the cookie over TLS only, from this host only, for this host only (RFC 6265bis section 4.1.3.2).
    private string Prefix => settings.IsHttps ? "__Host-connect-" : "connect-";

    /// <summary>Sets the cookie, and returns the hash to keep with the state.</summary>
    public string Bind(HttpContext context, string state)
    {
        var value = RandomToken.Create();
        context.Response.Cookies.Append(NameOf(state), value, new CookieOptions
        {
            HttpOnly = true,
            Secure = settings.IsHttps,
            SameSite = SameSiteMode.Lax, // The provider's redirect is a navigation from another site and has to carry the cookie.
            Path = "/",
            MaxAge = PendingConsents.Lifetime,
            IsEssential = true,
        });
        return RandomToken.HashOf(value);
    }

    /// <summary>True when this browser has the state's cookie.</summary>
    public bool Holds(HttpContext context, string state, string hash) => RandomToken.IsHashOf(context.Request.Cookies[NameOf(state)], hash);

    /// <summary>True when this browser has the cookie of that hash, whichever state it was for.</summary>
    public bool Holds(HttpContext context, string hash) =>
        context.Request.Cookies.Any(cookie =>
            cookie.Key.StartsWith(Prefix, StringComparison.Ordinal) && RandomToken.IsHashOf(cookie.Value, hash));

    private string NameOf(string state) => Prefix + RandomToken.HashOf(state)[..NameLength];
}
