namespace Gateway.Onboarding.Pages;

/// <summary>What every answer on the Connect listener says to the browser (RFC 9700 sections 4.2.4 and 4.16).</summary>
internal static class PageHeaders
{
    /// <summary>Nothing but our own stylesheet and logo; no script at all.</summary>
    public static string Policy(string formTargets) =>
        $"default-src 'none'; style-src 'self'; img-src 'self'; form-action {formTargets}; base-uri 'none'; frame-ancestors 'none'";

    public static void Apply(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.CacheControl = "no-store";
        headers.ContentSecurityPolicy = Policy("'none'");
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["X-Robots-Tag"] = "noindex, nofollow";
    }
}
