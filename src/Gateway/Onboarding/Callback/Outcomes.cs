using System.Collections.Concurrent;

using Gateway.Model;
using Gateway.Onboarding.Consent;
using Gateway.Onboarding.Pages;

namespace Gateway.Onboarding.Callback;

/// <summary>
/// What came of a state, for the browser that it belongs to. Whoever presses a button twice comes back twice and sees only the second answer,
/// so that has to tell what the first call did. The same goes for whoever goes back afterwards, to the provider, the callback or the link.
/// </summary>
internal sealed class Outcomes(IOneTimeStore store, BrowserBinding binding, TimeProvider clock)
{
    private readonly OneTimeEntries<Outcome> _byState = new(store, "outcome", OnboardingJson.Default.Outcome, clock);
    private readonly OneTimeEntries<Outcome> _byLink = new(store, "finished", OnboardingJson.Default.Outcome, clock);

    // By state. Added by the call that was admitted, removed by it once the store knows; read by others with the same state.
    private readonly ConcurrentDictionary<string, (string CookieHash, Task<string> Path)> _underWay = new(StringComparer.Ordinal);

    /// <summary>Where the browser was sent, or will be; null when the state is new, or another browser's.</summary>
    public async Task<string?> FindAsync(HttpContext context, string? state)
    {
        if (!RandomToken.IsWellFormed(state))
        {
            return null;
        }

        if (_underWay.TryGetValue(state, out var call))
        {
            return binding.Holds(context, state, call.CookieHash) ? await call.Path.WaitAsync(context.RequestAborted) : null;
        }

        return await _byState.PeekAsync(state, context.RequestAborted) is { } known && binding.Holds(context, state, known.CookieHash) ? known.Path : null;
    }

    /// <summary>The last page of a link that this browser has used up; null for any other browser.</summary>
    public async Task<string?> FindFinishedAsync(HttpContext context, string linkToken) =>
        await _byLink.PeekAsync(linkToken, context.RequestAborted) is { } known && binding.Holds(context, known.CookieHash) ? known.Path : null;

    /// <summary>Runs what an admitted state leads to.</summary>
    /// <returns>Where to send the browser.</returns>
    public async Task<string> RunAsync(string state, PendingConsent consent, Func<Task<string>> complete)
    {
        // Started before it is entered: whoever finds it waits for this very call.
        var path = complete();
        _underWay[state] = (consent.CookieHash, path);
        var isKept = false;
        try
        {
            var outcome = new Outcome { CookieHash = consent.CookieHash, Path = await path };
            isKept = await TryKeepAsync(state, consent, outcome);
            _ = isKept ? Task.CompletedTask : KeepLaterAsync(state, consent, outcome);
            return outcome.Path;
        }
        finally
        {
            if (isKept || !path.IsCompletedSuccessfully)
            {
                _underWay.TryRemove(state, out _);
            }
        }
    }

    private async Task<bool> TryKeepAsync(string state, PendingConsent consent, Outcome outcome) =>
        await _byState.TryPutAsync(state, outcome, PendingConsents.Lifetime)
        && (!ConnectPaths.IsDone(outcome.Path) || await _byLink.TryPutAsync(consent.LinkToken, outcome, PendingConsents.Lifetime));

    // This browser is told all the same, and so is a second call of it that comes to this process.
    private async Task KeepLaterAsync(string state, PendingConsent consent, Outcome outcome)
    {
        await _byState.PutPatientlyAsync(state, outcome, PendingConsents.Lifetime);
        if (ConnectPaths.IsDone(outcome.Path))
        {
            await _byLink.PutPatientlyAsync(consent.LinkToken, outcome, PendingConsents.Lifetime);
        }

        _underWay.TryRemove(state, out _);
    }
}
