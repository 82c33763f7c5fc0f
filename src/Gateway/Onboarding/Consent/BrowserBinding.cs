namespace Gateway.Onboarding.Consent;

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

    /// <summary>Sets the cookie.</summary>
    /// <returns>The hash to keep with the state.</returns>
    public string Bind(HttpContext context, string state)
    {
        var value = RandomToken.Create();
        context.Response.Cookies.Append(NameOf(state), value, new CookieOptions
        {
            HttpOnly = true,
            Secure = settings.IsHttps,

            // Lax, because the provider's redirect is a navigation from another site and has to carry the cookie.
            SameSite = SameSiteMode.Lax,
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
