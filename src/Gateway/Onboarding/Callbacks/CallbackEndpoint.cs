using Gateway.Credentials;
using Gateway.Onboarding.Consents;
using Gateway.Onboarding.Links;
using Gateway.Onboarding.Pages;

namespace Gateway.Onboarding.Callbacks;

/// <summary>
/// Where providers send browsers back to, one path each. Every answer is a redirection to an address without code, key and state, so that
/// those stay neither in the address bar nor in what a next page is told.
/// </summary>
internal sealed class CallbackEndpoint(
    ProviderCatalog catalog, CallbackGate gate, AccountConnection account, Summaries summaries, OnboardingAudit audit)
{
    public const string Pattern = "/callback/{provider}";

    public static Task HandleAsync(HttpContext context) => context.RequestServices.GetRequiredService<CallbackEndpoint>().AnswerAsync(context);

    private async Task AnswerAsync(HttpContext context)
    {
        var name = (string)context.Request.RouteValues["provider"]!;
        if (catalog.Find(name) is not { } provider || !provider.IsConnectable())
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        if (!CallbackAnswer.TryRead(context.Request.Query, provider, out var answer))
        {
            Refuse(context, provider, null, Refusal.Malformed);
            return;
        }

        var (consent, refusal) = await gate.AdmitAsync(context, provider, answer);
        if (consent is null || refusal is not null)
        {
            Refuse(context, provider, consent, refusal!.Value);
            return;
        }

        (var connection, var link, refusal) = await account.ConnectAsync(provider, consent, answer.Grant);
        if (connection is null)
        {
            Refuse(context, provider, consent, refusal!.Value);
            return;
        }

        audit.Connected(context, connection, consent.LinkToken);
        Redirect(context, ConnectPaths.Done(await summaries.KeepAsync(Summarise(connection, link!, consent))));
    }

    private void Refuse(HttpContext context, Provider provider, PendingConsent? consent, Refusal refusal)
    {
        audit.Refused(context, provider.Name, refusal);

        // The link's page, which can start again, is shown to nobody but the browser that started from it.
        Redirect(context, consent is null ? ConnectPaths.Problem(refusal) : ConnectPaths.Link(consent.LinkToken, refusal));
    }

    private static void Redirect(HttpContext context, string path)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = context.RequestServices.GetRequiredService<ConnectSettings>().BasePath + path;
    }

    private static ConnectionSummary Summarise(Connection connection, ConnectLink link, PendingConsent consent) => new()
    {
        Provider = connection.Id.Provider,
        Name = connection.Id.Name,
        Granted = connection.Scopes,
        Missing = ScopeRules.Missing(consent.Scopes, connection.Scopes),
        EndsAt = connection.Grant.RefreshToken.IsEmpty ? connection.Token?.ExpiresAt : null,
        ReturnTo = link.ReturnTo,
    };
}
