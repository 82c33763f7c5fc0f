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
        return start is null ? refusal! : await AskAsync(context, start, start.Read(form: null));
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

        var asked = start.Read(form);
        if (asked.Any(static field => field.IsWrong))
        {
            return await AskAsync(context, start, asked);
        }

        var fields = start.Known.Concat(asked.Select(static field => KeyValuePair.Create(field.Name, field.Entered!.Trim())))
            .ToDictionary(StringComparer.Ordinal);
        if (await authorization.CreateAsync(context, start.Provider, start.Link, token, fields) is not { } target)
        {
            return PageResult.Problem(Refusal.ProviderAway);
        }

        audit.Started(context, new(start.Provider.Name, start.Link.Name), token);
        return new Redirection(target, StatusCodes.Status302Found);
    }

    private async Task<(ConsentStart? Start, IResult? Refusal)> FindAsync(HttpContext context, string token)
    {
        if (await links.FindAsync(token, context.RequestAborted) is not { } link)
        {
            // The browser that used the link up is shown its outcome, unless a notice says that a later attempt failed.
            return !context.Request.Query.ContainsKey(ConnectPaths.Notice) && await outcomes.FindFinishedAsync(context, token) is { } path
                ? (null, new Redirection(settings.BasePath + path))
                : (null, PageResult.Problem(Refusal.LinkGone));
        }

        if (catalog.Find(link.Provider) is not { } provider || !provider.IsConnectable() || settings.PublicUrl is null)
        {
            return (null, PageResult.Problem(Refusal.ProviderGone));
        }

        var stored = await store.ReadAsync(new(provider.Name, link.Name), context.RequestAborted);
        return (new(provider, link, token, ConsentStart.KnownFields(provider, link, stored)), null);
    }

    private async Task<IResult> AskAsync(HttpContext context, ConsentStart start, IReadOnlyList<FieldView> asked)
    {
        var (provider, link, token, known) = start;
        var discovered = provider.OAuth is { AuthorizationEndpoint: null } client
            ? (await endpoints.ResolveAsync(client, known, context.RequestAborted)).Authorization
            : null;
        var view = new ConsentView(
            provider, link.Name, link.ExpiresAt, link.Scopes ?? provider.WantedScopes(), known, asked,
            settings.BasePath + ConnectPaths.Link(token), Refusal.Find(context.Request.Query[ConnectPaths.Notice]));
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
            : origin.Count == 0 || origin is ["null"] || origin == settings.PublicUrl?.GetLeftPart(UriPartial.Authority);
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

    /// <summary>
    /// A link that can be started. The public fields come from the link, else from the stored connection, else from the owner, who is not
    /// asked for what is known, so that connecting again stays with the same account and the same host.
    /// </summary>
    private sealed record ConsentStart(Provider Provider, ConnectLink Link, string Token, IReadOnlyDictionary<string, string> Known)
    {
        // Of the stored fields, those that earlier answers brought are no expectation, except the account's identity. Fields that were
        // removed from the configuration, or whose pattern has changed, are dropped.
        public static Dictionary<string, string> KnownFields(Provider provider, ConnectLink link, Connection? stored) =>
            link.Fields.Concat((stored?.Fields ?? new Dictionary<string, string>(StringComparer.Ordinal)).Where(field =>
                    !link.Fields.ContainsKey(field.Key)
                    && (provider.Fields.ContainsKey(field.Key) || field.Key == provider.Onboarding.Identity)))
                .Where(field => provider.FieldPattern(field.Key)?.IsMatch(field.Value) == true)
                .ToDictionary(StringComparer.Ordinal);

        /// <summary>The fields that the owner is asked for, with what was entered; no form at the first attempt.</summary>
        public List<FieldView> Read(IFormCollection? form) =>
        [
            .. from field in Provider.Fields.OrderBy(static field => field.Key, StringComparer.Ordinal)
               where !Known.ContainsKey(field.Key)
               let entered = form?[FieldView.InputName(field.Key)]
               let isWrong = form is not null && !(entered is [{ } text] && field.Value.IsMatch(text.Trim()))
               select new FieldView(field.Key, field.Value, entered?.ToString(), isWrong),
        ];
    }
}
