using Gateway.Model;
using Gateway.Onboarding.Consent;
using Gateway.Onboarding.Links;
using Gateway.Onboarding.Pages;

namespace Gateway.Onboarding.Callback;

/// <summary>
/// The redirect address of each provider. Every answer is a redirection to an address without code, key and state, so that these stay
/// neither in the address bar nor in the history. Nothing is sent before every check has passed.
/// </summary>
internal sealed class CallbackEndpoint(
    ProviderCatalog catalog, ConnectSettings settings, PendingConsents consents, BrowserBinding binding, ConsentOutcomes outcomes,
    AccountConnector account, Summaries summaries, OnboardingAudit audit)
{
    public async Task<IResult> AnswerAsync(HttpContext context, string providerName)
    {
        var path = catalog.Find(providerName) is { } provider && provider.IsConnectable()
            ? await AnswerAsync(context, provider)
            : ConnectPaths.Problem(Refusal.ProviderGone);
        return new Redirection(settings.BasePath + path);
    }

    private async Task<string> AnswerAsync(HttpContext context, Provider provider)
    {
        if (CallbackAnswer.Read(context.Request.Query, provider.Onboarding.Key) is not { } answer)
        {
            return Refuse(context, provider, null, Refusal.Malformed);
        }

        if (await outcomes.FindAsync(context, answer.State) is { } known)
        {
            return known;
        }

        if (answer.IsDeclinedWithoutState)
        {
            return Refuse(context, provider, null, Refusal.Declined);
        }

        // Taken before any check: a state can be presented once, even if it is refused.
        if (await consents.TakeAsync(answer.State) is not { } consent)
        {
            // Since the look-up, the first click of two may have taken the state.
            return await outcomes.FindAsync(context, answer.State) ?? Refuse(context, provider, null, Refusal.StateGone);
        }

        return binding.Holds(context, answer.State!, consent.CookieHash)
            ? await outcomes.RunAsync(answer.State!, consent, () => CompleteAsync(context, provider, consent, answer))
            : Refuse(context, provider, null, Refusal.OtherBrowser);
    }

    private async Task<string> CompleteAsync(HttpContext context, Provider provider, PendingConsent consent, CallbackAnswer answer)
    {
        if (Check(provider, consent, answer) is { } early)
        {
            return Refuse(context, provider, consent, early);
        }

        var (given, link, refusal) = await account.ConnectAsync(provider, consent, answer.Grant);
        if (given is null)
        {
            return Refuse(context, provider, consent, refusal!);
        }

        var connection = given.Connection;
        audit.Connected(context, connection, consent.LinkToken, isSaved: given.Landing.IsCompleted);
        var summary = new ConnectionSummary(
            connection.Id.Provider, connection.Id.Name, connection.Scopes, ScopeRules.Missing(consent.Scopes, connection.Scopes),
            connection.Grant.RefreshToken.IsEmpty ? connection.Token?.ExpiresAt : null, link!.ReturnTo);
        return ConnectPaths.Done(await summaries.KeepAsync(summary, given.Landing));
    }

    private string Refuse(HttpContext context, Provider provider, PendingConsent? consent, Refusal refusal)
    {
        audit.Refused(context, provider.Name, refusal, consent?.Name);

        // The link's page, which can start again, is shown only to the browser that started from it.
        return consent is null ? ConnectPaths.Problem(refusal) : ConnectPaths.Link(consent.LinkToken, refusal);
    }

    private static Refusal? Check(Provider provider, PendingConsent consent, CallbackAnswer answer)
    {
        if (consent.Provider != provider.Name || IsOtherIssuer(consent, answer))
        {
            return Refusal.MixedUp;
        }

        return answer.Error is { } error ? ToRefusal(error)
            : answer.Grant.IsEmpty ? Refusal.Malformed
            : null;
    }

    // RFC 9207 section 2.4: simple string comparison, for errors too; may be missing only if the metadata do not promise it.
    private static bool IsOtherIssuer(PendingConsent consent, CallbackAnswer answer) =>
        consent.Issuer is not null
        && (answer.Issuer is null ? consent.SendsIssuer : !string.Equals(answer.Issuer, consent.Issuer, StringComparison.Ordinal));

    // RFC 6749 section 4.1.2.1, and the additions of OpenID Connect; any other code is malformed.
    private static Refusal ToRefusal(string error) => error switch
    {
        "access_denied" or "consent_required" or "interaction_required" or "login_required"
            or "account_selection_required" => Refusal.Declined,
        "server_error" or "temporarily_unavailable" => Refusal.ProviderAway,
        "invalid_request" or "unauthorized_client" or "unsupported_response_type" or "invalid_scope" => Refusal.ProviderRefused,
        _ => Refusal.Malformed,
    };
}

/// <summary>The query of a callback (RFC 6749 section 4.1.2, RFC 9207), or that of a provider that hands out keys. Untrusted.</summary>
internal sealed class CallbackAnswer
{
    public string? State { get; private init; }

    /// <summary>The code, or the key.</summary>
    public Secret Grant { get; private init; }

    /// <summary>The error code of a refusal; null when there is none.</summary>
    public string? Error { get; private init; }

    public string? Issuer { get; private init; }

    /// <summary>True when the owner declined at a provider that sends no state then (Bookeo's <c>success=false</c>).</summary>
    public bool IsDeclinedWithoutState { get; private init; }

    /// <summary>Unknown parameters are ignored.</summary>
    /// <returns>Null when a parameter is repeated (RFC 6749 section 3.1).</returns>
    public static CallbackAnswer? Read(IQueryCollection query, KeyOnboarding? key)
    {
        string[] names = key is null ? ["state", "code", "error", "iss"] : ["state", "success", key.KeyParameter];
        return names.Any(name => query[name].Count > 1) ? null
            : key is null ? new() { State = query["state"], Grant = new(query["code"]), Error = query["error"], Issuer = query["iss"] }
            : new()
            {
                State = query["state"],
                Grant = new(query[key.KeyParameter]),
                Error = query["success"] == "true" ? null : "access_denied",
                IsDeclinedWithoutState = query["success"] == "false" && !query.ContainsKey("state"),
            };
    }
}
