using System.Collections.Concurrent;

using Gateway.Credentials;
using Gateway.Onboarding.Consents;

namespace Gateway.Onboarding.Callbacks;

/// <summary>
/// What came of a state, for the browser that it belongs to: whoever presses twice comes back twice, sees the answer to the second call
/// only, and has to be told what the first one did.
/// </summary>
internal sealed class Outcomes(IOnceStore store, BrowserBinding binding)
{
    private readonly Kept<Outcome> _kept = new(store, "outcome", OnboardingJson.Default.Outcome);

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

        return await _kept.PeekAsync(state, context.RequestAborted) is { } known && binding.Holds(context, state, known.CookieHash) ? known.Path : null;
    }

    /// <summary>Runs what an admitted state leads to.</summary>
    /// <returns>Where to send the browser.</returns>
    public async Task<string> RunAsync(string state, PendingConsent consent, Func<Task<string>> complete)
    {
        // Started before it is entered: whoever finds it waits for this very call.
        var path = complete();
        _underWay[state] = (consent.CookieHash, path);
        try
        {
            await KeepAsync(state, new Outcome { CookieHash = consent.CookieHash, Path = await path });
            return await path;
        }
        finally
        {
            _underWay.TryRemove(state, out _);
        }
    }

    private async Task KeepAsync(string state, Outcome outcome)
    {
        try
        {
            await _kept.PutAsync(state, outcome, PendingConsents.Lifetime);
        }
        catch (StoreUnavailableException)
        {
            // This browser is told all the same; a second call of it will not be.
        }
    }
}
