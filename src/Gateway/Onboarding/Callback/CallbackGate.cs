using Gateway.Model;
using Gateway.Onboarding.Consent;

namespace Gateway.Onboarding.Callback;

/// <summary>Holds a callback against the start that it claims to answer. Nothing is sent to anybody before all of it fits.</summary>
internal sealed class CallbackGate(PendingConsents consents, BrowserBinding binding)
{
    /// <returns>The consent, once known to be this browser's; and why it goes no further, null when it does.</returns>
    public async Task<(PendingConsent? Consent, Refusal? Refusal)> AdmitAsync(HttpContext context, Provider provider, CallbackAnswer answer)
    {
        if (answer.IsDeclinedWithoutState)
        {
            return (null, Refusal.Declined);
        }

        // Taken first, whatever comes of it: a state is presented once.
        if (await consents.TakeAsync(answer.State) is not { } consent)
        {
            return (null, Refusal.StateGone);
        }

        return binding.Holds(context, answer.State!, consent.CookieHash)
            ? (consent, Judge(provider, consent, answer))
            : (null, Refusal.OtherBrowser);
    }

    private static Refusal? Judge(Provider provider, PendingConsent consent, CallbackAnswer answer)
    {
        if (consent.Provider != provider.Name || IsOtherIssuer(consent, answer))
        {
            return Refusal.MixedUp;
        }

        return answer.Error is { } error ? Meaning(error)
            : answer.Grant.IsEmpty ? Refusal.Malformed
            : null;
    }

    // RFC 9207 section 2.4: compared as it is, on errors too; missing only where the server does not promise it.
    private static bool IsOtherIssuer(PendingConsent consent, CallbackAnswer answer) =>
        consent.Issuer is not null
        && (answer.Issuer is null ? consent.SendsIssuer : !string.Equals(answer.Issuer, consent.Issuer, StringComparison.Ordinal));

    // RFC 6749 section 4.1.2.1, and what OpenID Connect adds; any other word is an answer that makes no sense.
    private static Refusal Meaning(string error) => error switch
    {
        "access_denied" or "consent_required" or "interaction_required" or "login_required" or "account_selection_required" => Refusal.Declined,
        "server_error" or "temporarily_unavailable" => Refusal.ProviderAway,
        "invalid_request" or "unauthorized_client" or "unsupported_response_type" or "invalid_scope" => Refusal.ProviderRefused,
        _ => Refusal.Malformed,
    };
}
