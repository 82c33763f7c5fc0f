using Gateway.Model;
using Gateway.Onboarding.Consent;
using Gateway.Onboarding.Links;
using Gateway.Onboarding.Pages;

namespace Gateway.Onboarding.Callback;

/// <summary>
/// The redirect address of each provider. Every answer is a redirection to an address without code, key and state, so that these stay
/// neither in the address bar nor in the history.
/// </summary>
internal sealed class CallbackEndpoint(
    ProviderCatalog catalog,
    ConnectSettings settings,
    CallbackGate gate,
    ConsentOutcomes outcomes,
    AccountConnector account,
    Summaries summaries,
    OnboardingAudit audit)
{
    public async Task<IResult> AnswerAsync(HttpContext context, string providerName)
    {
        var path = catalog.Find(providerName) is { } provider && provider.IsConnectable()
            ? await AnswerAsync(context, provider)
            : ConnectPaths.Problem(Refusal.ProviderGone);
        return Redirection.SeeOther(settings.BasePath + path);
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

        // Between the look-up and the gate, the first click of two may have taken the state.
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

        // The link's page, which can start again, is shown only to the browser that started from it.
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
