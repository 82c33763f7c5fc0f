using Gateway.Model;
using Gateway.Onboarding.Callback;
using Gateway.Onboarding.Links;
using Gateway.Onboarding.Pages;
using Gateway.Tokens.TokenEndpoint;

namespace Gateway.Onboarding.Consent;

/// <summary>A link's page: GET shows it and changes nothing, POST sends the browser on.</summary>
internal sealed class ConsentEndpoints(ConnectLinks links, ProviderCatalog catalog, IConnectionStore store, ConsentStart start, OnboardingAudit audit)
{
    public static Task ShowAsync(HttpContext context) => context.RequestServices.GetRequiredService<ConsentEndpoints>().AnswerAsync(context, isStart: false);

    public static Task StartAsync(HttpContext context) => context.RequestServices.GetRequiredService<ConsentEndpoints>().AnswerAsync(context, isStart: true);

    private async Task AnswerAsync(HttpContext context, bool isStart)
    {
        if (isStart && !context.RequestServices.GetRequiredService<StartLimit>().Admits(context))
        {
            context.Response.Headers.RetryAfter = "60";
            await ProblemPage.Of(Refusal.TooMany).WriteAsync(context);
            return;
        }

        var token = (string)context.Request.RouteValues["token"]!;
        if (await links.FindAsync(token, context.RequestAborted) is not { } link)
        {
            await MissAsync(context, token);
            return;
        }

        if (catalog.Find(link.Provider) is not { } provider || !provider.IsConnectable()
            || !context.RequestServices.GetRequiredService<ConnectSettings>().TryGetPublicUrl(out _))
        {
            await ProblemPage.Of(Refusal.ProviderGone).WriteAsync(context);
            return;
        }

        var fields = new ConsentFields(provider, link, await store.ReadAsync(new(provider.Name, link.Name), context.RequestAborted));
        await (isStart ? BeginAsync(context, provider, link, fields) : AskAsync(context, provider, link, fields));
    }

    // Whoever used it up and goes back to it sees what came of it, unless the page is to say that something else came too late.
    private static async Task MissAsync(HttpContext context, string token)
    {
        var services = context.RequestServices;
        var isToldAlready = context.Request.Query.ContainsKey(ConnectPaths.Notice);
        if (!isToldAlready && await services.GetRequiredService<Outcomes>().FindFinishedAsync(context, token) is { } path)
        {
            context.Response.StatusCode = StatusCodes.Status303SeeOther;
            context.Response.Headers.Location = services.GetRequiredService<ConnectSettings>().BasePath + path;
            return;
        }

        await ProblemPage.Of(Refusal.LinkGone).WriteAsync(context);
    }

    private async Task BeginAsync(HttpContext context, Provider provider, ConnectLink link, ConsentFields fields)
    {
        // Another site's form is not the owner's button.
        if (!OwnerForm.IsOurs(context.Request, context.RequestServices.GetRequiredService<ConnectSettings>())
            || await OwnerForm.ReadAsync(context) is not { } form)
        {
            await ProblemPage.Of(Refusal.Malformed).WriteAsync(context);
            return;
        }

        var (complete, wrong) = fields.Complete(form);
        if (wrong.Count > 0)
        {
            await AskAsync(context, provider, link, fields, (form, wrong));
            return;
        }

        var token = (string)context.Request.RouteValues["token"]!;
        if (await start.BeginAsync(context, provider, link, token, complete) is not { } target)
        {
            await ProblemPage.Of(Refusal.ProviderAway).WriteAsync(context);
            return;
        }

        audit.Started(context, new(provider.Name, link.Name), token);
        context.Response.Redirect(target);
    }

    private static async Task AskAsync(
        HttpContext context, Provider provider, ConnectLink link, ConsentFields fields, (IFormCollection Entered, IReadOnlyList<string> Wrong)? form = null)
    {
        var services = context.RequestServices;
        var settings = services.GetRequiredService<ConnectSettings>();
        var action = settings.BasePath + ConnectPaths.Link((string)context.Request.RouteValues["token"]!);
        var notice = RefusalExtensions.Parse(context.Request.Query[ConnectPaths.Notice]);
        var discovered = provider.OAuth is { AuthorizationEndpoint: null } client
            ? (await services.GetRequiredService<EndpointResolver>().ResolveAsync(client, fields.Known, context.RequestAborted)).Authorization
            : null;
        await ConsentPage.Of(provider, link, fields, form, new ConsentView(settings.Name, action, notice, discovered)).WriteAsync(context);
    }
}
