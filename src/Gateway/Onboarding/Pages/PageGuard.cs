using Gateway.Model;
using Gateway.Observability;

namespace Gateway.Onboarding.Pages;

/// <summary>
/// Around all answers of the Connect listener: the headers that protect pages (RFC 9700 sections 4.2.4 and 4.16), and a page while the
/// store is unavailable.
/// </summary>
internal sealed class PageGuard(RequestDelegate next)
{
    /// <summary>Allows the own stylesheet and logo, and no script.</summary>
    /// <param name="formTargets">CSP sources of <c>form-action</c>.</param>
    public static string Policy(string formTargets) =>
        $"default-src 'none'; style-src 'self'; img-src 'self'; form-action {formTargets}; base-uri 'none'; frame-ancestors 'none'";

    public async Task InvokeAsync(HttpContext context)
    {
        using var trace = RequestTrace.Begin(context);
        var headers = context.Response.Headers;
        headers.CacheControl = "no-store";
        headers.ContentSecurityPolicy = Policy("'none'");
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["X-Robots-Tag"] = "noindex, nofollow";
        try
        {
            await next(context);
        }
        catch (StoreUnavailableException) when (!context.Response.HasStarted)
        {
            headers.RetryAfter = "5";
            await PageResult.Problem(Refusal.StoreAway, canReload: true).ExecuteAsync(context);
        }
    }
}
