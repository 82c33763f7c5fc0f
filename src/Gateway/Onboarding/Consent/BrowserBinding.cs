namespace Gateway.Onboarding.Consent;

/// <summary>
/// The cookie that ties a state to the browser that started (RFC 9700 section 4.7). Each state has its own, so that two tabs do not take
/// each other's place. It lives as long as the state would have: by then the state itself is spent, and whoever goes back, or loads the
/// callback again, is known and told what came of it.
/// </summary>
internal sealed class BrowserBinding(ConnectSettings settings)
{
    // Enough to tell the states of one browser apart.
    private const int NameLength = 16;

    /// <summary>Sets the cookie.</summary>
    /// <returns>The hash to keep with the state.</returns>
    public string Bind(HttpContext context, string state)
    {
        var value = RandomToken.Create();
        context.Response.Cookies.Append(NameOf(state), value, Options(PendingConsents.Lifetime));
        return RandomToken.HashOf(value);
    }

    /// <summary>True when this browser has the state's cookie.</summary>
    public bool Holds(HttpContext context, string state, string hash) => RandomToken.IsHashOf(context.Request.Cookies[NameOf(state)], hash);

    /// <summary>True when this browser has the cookie of that hash, whichever state it was for.</summary>
    public bool Holds(HttpContext context, string hash) =>
        context.Request.Cookies.Any(cookie => cookie.Key.StartsWith(Prefix, StringComparison.Ordinal) && RandomToken.IsHashOf(cookie.Value, hash));

    // __Host-: browsers take it over TLS only, from this host only, for this host only (RFC 6265bis section 4.1.3.2).
    private string Prefix => settings.IsHttps ? "__Host-connect-" : "connect-";

    private string NameOf(string state) => Prefix + RandomToken.HashOf(state)[..NameLength];

    // Lax: the provider's redirect is a navigation from another site, and has to bring it.
    private CookieOptions Options(TimeSpan lifetime) =>
        new() { HttpOnly = true, Secure = settings.IsHttps, SameSite = SameSiteMode.Lax, Path = "/", MaxAge = lifetime, IsEssential = true };
}
