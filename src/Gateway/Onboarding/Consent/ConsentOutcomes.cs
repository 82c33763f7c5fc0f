using System.Collections.Concurrent;

using Gateway.Model;
using Gateway.Onboarding.Pages;

namespace Gateway.Onboarding.Consent;

/// <summary>Where a browser was sent after its state was presented. Kept as long as the state would have been.</summary>
internal sealed class ConsentOutcome
{
    /// <summary>The hash of the cookie that the browser received.</summary>
    public required string CookieHash { get; init; }

    /// <summary>Address of the page, without code, key and state.</summary>
    public required string Path { get; init; }
}

/// <summary>
/// The result of each state, for the browser that it belongs to. After a double click the browser shows the second answer only, which
/// therefore has to report what the first call did. The same holds for a browser that goes back to the provider, the callback or the link.
/// </summary>
internal sealed class ConsentOutcomes(IOneTimeStore store, BrowserBinding binding, TimeProvider clock)
{
    private readonly OneTimeEntries<ConsentOutcome> _byState = new(store, "outcome", clock);
    private readonly OneTimeEntries<ConsentOutcome> _byLink = new(store, "finished", clock);

    // By state. Added by the call that took the state, removed by it once the store has the outcome; read by calls with the same state.
    private readonly ConcurrentDictionary<string, (string CookieHash, Task<string> Path)> _running = new(StringComparer.Ordinal);

    /// <summary>Where the browser was sent, or will be; null when the state is new, or another browser's.</summary>
    public async Task<string?> FindAsync(HttpContext context, string? state)
    {
        if (!RandomToken.IsWellFormed(state))
        {
            return null;
        }

        if (_running.TryGetValue(state, out var call))
        {
            return binding.Holds(context, state, call.CookieHash) ? await call.Path.WaitAsync(context.RequestAborted) : null;
        }

        return await _byState.PeekAsync(state, context.RequestAborted) is { } known
            && binding.Holds(context, state, known.CookieHash) ? known.Path : null;
    }

    /// <summary>The last page of a link that this browser has used up; null for any other browser.</summary>
    public async Task<string?> FindFinishedAsync(HttpContext context, string linkToken) =>
        await _byLink.PeekAsync(linkToken, context.RequestAborted) is { } known && binding.Holds(context, known.CookieHash)
            ? known.Path : null;

    /// <summary>Runs the completion of a state that was just taken, and keeps its outcome.</summary>
    /// <returns>Where to send the browser.</returns>
    public async Task<string> RunAsync(string state, PendingConsent consent, Func<Task<string>> complete)
    {
        // Started before it is added, so that a second call that finds it waits for this one.
        var path = complete();
        _running[state] = (consent.CookieHash, path);
        var isKept = false;
        try
        {
            var outcome = new ConsentOutcome { CookieHash = consent.CookieHash, Path = await path };
            isKept = await TryKeepAsync(state, consent, outcome);
            _ = isKept ? Task.CompletedTask : KeepLaterAsync(state, consent, outcome);
            return outcome.Path;
        }
        finally
        {
            if (isKept || !path.IsCompletedSuccessfully)
            {
                _running.TryRemove(state, out _);
            }
        }
    }

    private async Task<bool> TryKeepAsync(string state, PendingConsent consent, ConsentOutcome outcome) =>
        await _byState.TryPutAsync(state, outcome, PendingConsents.Lifetime)
        && (!ConnectPaths.IsDone(outcome.Path) || await _byLink.TryPutAsync(consent.LinkToken, outcome, PendingConsents.Lifetime));

    // Meanwhile _running answers this browser's further calls to this process.
    private async Task KeepLaterAsync(string state, PendingConsent consent, ConsentOutcome outcome)
    {
        await _byState.PutWithRetryAsync(state, outcome, PendingConsents.Lifetime);
        if (ConnectPaths.IsDone(outcome.Path))
        {
            await _byLink.PutWithRetryAsync(consent.LinkToken, outcome, PendingConsents.Lifetime);
        }

        _running.TryRemove(state, out _);
    }
}
