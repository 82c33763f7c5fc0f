using Gateway.Model;
using Gateway.Observability;

using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;

namespace Gateway.Onboarding.Pages;

/// <summary>Addresses on the Connect listener, relative to the path of the public address.</summary>
internal static class ConnectPaths
{
    public const string LinkPattern = "/connect/{token}";
    public const string DonePattern = DonePrefix + "{number}";
    public const string ProblemPattern = "/connect/problem/{word}";
    public const string MarketplacePattern = "/connect/from/{provider}";
    public const string CallbackPattern = "/callback/{provider}";
    public const string Stylesheet = "/connect/assets/connect.css";
    public const string Logo = "/connect/assets/logo";

    /// <summary>The query parameter of a link's page that names the refusal of the attempt before.</summary>
    public const string Notice = "notice";

    private const string DonePrefix = "/connect/done/";

    public static string Link(string token) => $"/connect/{token}";

    public static string Link(string token, Refusal notice) => $"/connect/{token}?{Notice}={notice.Word}";

    public static string Done(string number) => DonePrefix + number;

    public static bool IsDone(string path) => path.StartsWith(DonePrefix, StringComparison.Ordinal);

    public static string Problem(Refusal refusal) => $"/connect/problem/{refusal.Word}";
}

/// <summary>
/// A page for an owner's browser: one component, rendered on the server as a whole. HtmlRenderer is used by itself, because
/// AddRazorComponents brings antiforgery and data-protection keys that no page needs (docs/decisions/0060).
/// </summary>
internal sealed class PageResult(Type component, int status, Dictionary<string, object?> parameters, string formTargets = "'none'")
    : IResult
{
    /// <param name="view">What to show.</param>
    /// <param name="discovered">See <see cref="ConsentView.FormTargets"/>.</param>
    public static PageResult Consent(ConsentView view, Uri? discovered) => new(
        typeof(ConsentPage),
        view.Asked.Any(static field => field.IsWrong) ? StatusCodes.Status400BadRequest : StatusCodes.Status200OK,
        new(StringComparer.Ordinal) { [nameof(ConsentPage.View)] = view },
        view.FormTargets(discovered));

    /// <summary>The last page; not saved while the store does not have the connection yet.</summary>
    public static PageResult Done(Provider provider, ConnectionSummary summary, bool isSaved) => new(
        typeof(DonePage),
        isSaved ? StatusCodes.Status200OK : StatusCodes.Status202Accepted,
        new(StringComparer.Ordinal)
        {
            [nameof(DonePage.Provider)] = provider,
            [nameof(DonePage.Summary)] = summary,
            [nameof(DonePage.IsSaved)] = isSaved,
        });

    /// <param name="refusal">What to explain.</param>
    /// <param name="canReload">True when loading the same address again continues from there.</param>
    public static PageResult Problem(Refusal refusal, bool canReload = false) => new(
        typeof(ProblemPage),
        refusal.Status,
        new(StringComparer.Ordinal) { [nameof(ProblemPage.Refusal)] = refusal, [nameof(ProblemPage.CanReload)] = canReload });

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var services = httpContext.RequestServices;
        await using var renderer = new HtmlRenderer(services, services.GetRequiredService<ILoggerFactory>());
        var html = await renderer.Dispatcher.InvokeAsync(async () =>
            (await renderer.RenderComponentAsync(component, ParameterView.FromDictionary(parameters))).ToHtmlString());
        httpContext.Response.Headers.ContentSecurityPolicy = PageGuard.Policy(formTargets);
        await Results.Content(html, "text/html; charset=utf-8", statusCode: status).ExecuteAsync(httpContext);
    }
}

/// <summary>A redirection by 303, which the framework lacks; or by 302.</summary>
internal sealed class Redirection(string target, int status = StatusCodes.Status303SeeOther) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = status;
        httpContext.Response.Headers.Location = target;
        return Task.CompletedTask;
    }
}

/// <summary>
/// Around all answers of the Connect listener: the headers that protect pages (RFC 9700 sections 4.2.4 and 4.16), and a page while the
/// store is unavailable.
/// </summary>
internal sealed class PageGuard(RequestDelegate next)
{
    /// <summary>Allows the own stylesheet and logo, no script, and forms to the given CSP sources.</summary>
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

/// <summary>The stylesheet and the logo: everything that pages load.</summary>
internal static class Assets
{
    public static IResult Stylesheet(HttpContext context)
    {
        AllowCaching(context);
        return Results.Stream(typeof(Assets).Assembly.GetManifestResourceStream("connect.css")!, "text/css; charset=utf-8");
    }

    public static IResult Logo(HttpContext context, ConnectSettings settings)
    {
        if (settings.Logo is not { } file || !File.Exists(file))
        {
            return Results.NotFound();
        }

        AllowCaching(context);
        return TypedResults.PhysicalFile(Path.GetFullPath(file), Path.GetExtension(file).ToUpperInvariant() switch
        {
            ".SVG" => "image/svg+xml",
            ".PNG" => "image/png",
            ".WEBP" => "image/webp",
            _ => "image/jpeg",
        });
    }

    private static void AllowCaching(HttpContext context) => context.Response.Headers.CacheControl = "public, max-age=3600";
}
