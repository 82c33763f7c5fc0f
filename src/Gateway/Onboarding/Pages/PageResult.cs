using Gateway.Model;

using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;

namespace Gateway.Onboarding.Pages;

/// <summary>
/// A page for an owner's browser: one component, rendered on the server as a whole. HtmlRenderer is used by itself, because
/// AddRazorComponents brings antiforgery and data-protection keys that no page needs (docs/decisions/0060).
/// </summary>
internal sealed class PageResult : IResult
{
    private readonly Type _component;
    private readonly int _status;
    private readonly string _formTargets;
    private readonly Dictionary<string, object?> _parameters;

    private PageResult(Type component, int status, Dictionary<string, object?> parameters, string formTargets = "'none'") =>
        (_component, _status, _parameters, _formTargets) = (component, status, parameters, formTargets);

    /// <param name="view">What to show.</param>
    /// <param name="discovered">See <see cref="ConsentView.FormTargets"/>.</param>
    public static PageResult Consent(ConsentView view, Uri? discovered) => new(
        typeof(ConsentPage),
        view.Asked.Any(static field => field.IsWrong) ? StatusCodes.Status400BadRequest : StatusCodes.Status200OK,
        new(StringComparer.Ordinal) { [nameof(ConsentPage.View)] = view },
        view.FormTargets(discovered));

    /// <param name="provider">The provider in force.</param>
    /// <param name="summary">What to show.</param>
    /// <param name="isSaved">False while the store does not have the connection yet.</param>
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
        refusal.Status(),
        new(StringComparer.Ordinal) { [nameof(ProblemPage.Refusal)] = refusal, [nameof(ProblemPage.CanReload)] = canReload });

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var services = httpContext.RequestServices;
        await using var renderer = new HtmlRenderer(services, services.GetRequiredService<ILoggerFactory>());
        var html = await renderer.Dispatcher.InvokeAsync(async () =>
            (await renderer.RenderComponentAsync(_component, ParameterView.FromDictionary(_parameters))).ToHtmlString());
        httpContext.Response.Headers.ContentSecurityPolicy = PageGuard.Policy(_formTargets);
        await Results.Content(html, "text/html; charset=utf-8", statusCode: _status).ExecuteAsync(httpContext);
    }
}

/// <summary>A redirection that, unlike the framework's, is not logged: its target may hold a state.</summary>
internal sealed class Redirection : IResult
{
    private readonly int _status;
    private readonly string _target;

    private Redirection(int status, string target) => (_status, _target) = (status, target);

    public static Redirection Found(string target) => new(StatusCodes.Status302Found, target);

    public static Redirection SeeOther(string target) => new(StatusCodes.Status303SeeOther, target);

    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = _status;
        httpContext.Response.Headers.Location = _target;
        return Task.CompletedTask;
    }
}
