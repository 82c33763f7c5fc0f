using Gateway.Model;
using Gateway.Onboarding.Consent;
using Gateway.Onboarding.Links;
using Gateway.Onboarding.Pages;

namespace Gateway.Onboarding.Callback;

/// <summary>
/// Where providers send browsers back to, one path each. Every answer is a redirection to an address without code, key and state, so that
/// those stay neither in the address bar nor in what a next page is told.
/// </summary>
internal sealed class CallbackEndpoint(
    CallbackGate gate, Outcomes outcomes, AccountConnection account, Summaries summaries, OnboardingAudit audit)
{
    public const string Pattern = "/callback/{provider}";

    public static async Task HandleAsync(HttpContext context)
    {
        var services = context.RequestServices;
        var path = services.GetRequiredService<ProviderCatalog>().Find((string)context.Request.RouteValues["provider"]!) is { } provider && provider.IsConnectable()
            ? await services.GetRequiredService<CallbackEndpoint>().AnswerAsync(context, provider)
            : ConnectPaths.Problem(Refusal.ProviderGone);
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = services.GetRequiredService<ConnectSettings>().BasePath + path;
    }

    private async Task<string> AnswerAsync(HttpContext context, Provider provider)
    {
        if (!CallbackAnswer.TryRead(context.Request.Query, provider, out var answer))
        {
            return Refuse(context, provider, null, Refusal.Malformed);
        }

        if (await outcomes.FindAsync(context, answer.State) is { } known)
        {
            return known;
        }

        var (consent, refusal) = await gate.AdmitAsync(context, provider, answer);
        if (consent is not null)
        {
            return await outcomes.RunAsync(answer.State!, consent, () => CompleteAsync(context, provider, consent, refusal, answer.Grant));
        }

        // Perhaps it was taken between the two looks, by the first click of two.
        return refusal == Refusal.StateGone && await outcomes.FindAsync(context, answer.State) is { } taken
            ? taken
            : Refuse(context, provider, null, refusal!.Value);
    }

    private async Task<string> CompleteAsync(HttpContext context, Provider provider, PendingConsent consent, Refusal? refusal, Secret grant)
    {
        if (refusal is { } early)
        {
            return Refuse(context, provider, consent, early);
        }

        (var given, var link, refusal) = await account.ConnectAsync(provider, consent, grant);
        if (given is null)
        {
            return Refuse(context, provider, consent, refusal!.Value);
        }

        audit.Connected(context, given.Connection, consent.LinkToken, isSaved: given.Landing.IsCompleted);
        return ConnectPaths.Done(await summaries.KeepAsync(Summarise(given.Connection, link!, consent), given.Landing));
    }

    private string Refuse(HttpContext context, Provider provider, PendingConsent? consent, Refusal refusal)
    {
        audit.Refused(context, provider.Name, refusal, consent?.Name);

        // The link's page, which can start again, is shown to nobody but the browser that started from it.
        return consent is null ? ConnectPaths.Problem(refusal) : ConnectPaths.Link(consent.LinkToken, refusal);
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
