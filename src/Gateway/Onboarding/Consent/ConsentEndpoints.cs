using Gateway.Model;
using Gateway.Onboarding.Links;
using Gateway.Onboarding.Pages;
using Gateway.Tokens.TokenEndpoint;

namespace Gateway.Onboarding.Consent;

/// <summary>The page of a link: GET shows it and changes nothing, POST sends the browser to the provider.</summary>
internal sealed class ConsentEndpoints(
    ConnectLinks links,
    ProviderCatalog catalog,
    IConnectionStore store,
    AuthorizationRequest authorization,
    EndpointResolver endpoints,
    ConsentOutcomes outcomes,
    ConnectSettings settings,
    OnboardingAudit audit)
{
    /// <summary>The page; or, when the link was used up by this browser, a redirection to its outcome.</summary>
    public async Task<IResult> ShowAsync(HttpContext context, string token)
    {
        var (start, refusal) = await FindAsync(context, token);
        return start is null ? refusal! : await AskAsync(context, start, form: null, wrong: []);
    }

    /// <summary>Redirects to the provider; or shows the page again when a field has to be corrected.</summary>
    public async Task<IResult> StartAsync(HttpContext context, string token)
    {
        var (start, refusal) = await FindAsync(context, token);
        if (start is null)
        {
            return refusal!;
        }

        if (!IsOwnForm(context.Request) || await ReadFormAsync(context) is not { } form)
        {
            return PageResult.Problem(Refusal.Malformed);
        }

        var (fields, wrong) = start.Fields.Complete(form);
        if (wrong.Count > 0)
        {
            return await AskAsync(context, start, form, wrong);
        }

        if (await authorization.CreateAsync(context, start.Provider, start.Link, token, fields) is not { } target)
        {
            return PageResult.Problem(Refusal.ProviderAway);
        }

        audit.Started(context, new(start.Provider.Name, start.Link.Name), token);
        return Redirection.Found(target);
    }

    private async Task<(ConsentContext? Start, IResult? Refusal)> FindAsync(HttpContext context, string token)
    {
        if (await links.FindAsync(token, context.RequestAborted) is not { } link)
        {
            // The browser that used the link up is shown its outcome, unless a notice says that a later attempt failed.
            return !context.Request.Query.ContainsKey(ConnectPaths.Notice) && await outcomes.FindFinishedAsync(context, token) is { } path
                ? (null, Redirection.SeeOther(settings.BasePath + path))
                : (null, PageResult.Problem(Refusal.LinkGone));
        }

        if (catalog.Find(link.Provider) is not { } provider || !provider.IsConnectable() || !settings.TryGetPublicUrl(out _))
        {
            return (null, PageResult.Problem(Refusal.ProviderGone));
        }

        var stored = await store.ReadAsync(new(provider.Name, link.Name), context.RequestAborted);
        return (new(provider, link, token, new ConsentFields(provider, link, stored)), null);
    }

    private async Task<IResult> AskAsync(HttpContext context, ConsentContext start, IFormCollection? form, IReadOnlyList<string> wrong)
    {
        var (provider, link, token, fields) = start;
        var discovered = provider.OAuth is { AuthorizationEndpoint: null } client
            ? (await endpoints.ResolveAsync(client, fields.Known, context.RequestAborted)).Authorization
            : null;
        var view = new ConsentView(
            provider,
            settings.Name,
            link.Name,
            link.ExpiresAt,
            link.Scopes ?? provider.WantedScopes(),
            fields.Known,
            fields.ToViews(form, wrong),
            settings.BasePath + ConnectPaths.Link(token),
            RefusalExtensions.Parse(context.Request.Query[ConnectPaths.Notice]));
        return PageResult.Consent(view, discovered);
    }

    /// <summary>
    /// False when the browser reports that another site's page sent the form: by <c>Sec-Fetch-Site</c>, or an older browser by
    /// <c>Origin</c>, which is <c>null</c> from pages without referrer, as these.
    /// A client that sends neither is accepted: the link itself is the secret.
    /// </summary>
    private bool IsOwnForm(HttpRequest request)
    {
        var (site, origin) = (request.Headers["Sec-Fetch-Site"], request.Headers.Origin);
        return site.Count > 0
            ? site is ["same-origin"]
            : origin.Count == 0 || origin is ["null"]
                || (settings.TryGetPublicUrl(out var url) && origin == url.GetLeftPart(UriPartial.Authority));
    }

    /// <returns>Null when the form is malformed, or longer than the listener accepts.</returns>
    private static async Task<IFormCollection?> ReadFormAsync(HttpContext context)
    {
        if (!context.Request.HasFormContentType)
        {
            return FormCollection.Empty;
        }

        try
        {
            return await context.Request.ReadFormAsync(context.RequestAborted);
        }
        catch (Exception e) when (e is InvalidDataException or BadHttpRequestException)
        {
            return null;
        }
    }

    private sealed record ConsentContext(Provider Provider, ConnectLink Link, string Token, ConsentFields Fields);
}
