using System.Collections.Concurrent;
using Gateway.Model;
using Gateway.Onboarding.Pages;
using Gateway.Tokens.Refreshing;

namespace Gateway.Onboarding.Callback;

/// <summary>The last pages, each under a random number that gives access to nothing else.</summary>
internal sealed class Summaries(IOneTimeStore store, ProviderCatalog catalog, TimeProvider clock)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private readonly OneTimeEntries<ConnectionSummary> _entries = new(store, "done", clock);

    // By number: summaries that the store does not have yet, or whose connection it does not have. Added by the call that took the state,
    // removed once the store has both. Bounded by the consents that complete while the store is unavailable.
    private readonly ConcurrentDictionary<string, (ConnectionSummary Summary, Task<SaveOutcome> Landing)> _unsaved =
        new(StringComparer.Ordinal);

    /// <returns>The number.</returns>
    public async Task<string> KeepAsync(ConnectionSummary summary, Task<SaveOutcome> landing)
    {
        var number = RandomToken.Create();
        if (!landing.IsCompleted || !await _entries.TryPutAsync(number, summary, Lifetime))
        {
            _unsaved[number] = (summary, landing);
            _ = KeepLaterAsync(number, summary, landing);
        }

        return number;
    }

    /// <summary>The last page of a consent.</summary>
    public async Task<IResult> ShowAsync(string number, CancellationToken cancellationToken)
    {
        var (summary, isSaved) = _unsaved.TryGetValue(number, out var unsaved)
            ? (unsaved.Summary, unsaved.Landing.IsCompleted)
            : (await _entries.PeekAsync(number, cancellationToken), true);
        return summary is not null && catalog.Find(summary.Provider) is { } provider
            ? PageResult.Done(provider, summary, isSaved)
            : PageResult.Problem(Refusal.StateGone);
    }

    private async Task KeepLaterAsync(string number, ConnectionSummary summary, Task<SaveOutcome> landing)
    {
        if (await landing == SaveOutcome.Saved)
        {
            await _entries.PutWithRetryAsync(number, summary, Lifetime);
        }

        _unsaved.TryRemove(number, out _);
    }
}
