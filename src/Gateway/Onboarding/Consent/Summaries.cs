using System.Collections.Concurrent;

using Gateway.Model;
using Gateway.Tokens.Refreshing;

namespace Gateway.Onboarding.Consent;

/// <summary>What last pages show, each under a random number that opens nothing else.</summary>
internal sealed class Summaries(IOneTimeStore store, TimeProvider clock)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private readonly OneTimeEntries<ConnectionSummary> _kept = new(store, "done", OnboardingJson.Default.ConnectionSummary, clock);

    // By number: those that the store does not have yet, or whose connection it does not have. Added by the call that was admitted,
    // removed once the store has both; there are no more than consents that came back as it went away.
    private readonly ConcurrentDictionary<string, (ConnectionSummary Summary, Task<SaveOutcome> Landing)> _waiting = new(StringComparer.Ordinal);

    public async Task<string> KeepAsync(ConnectionSummary summary, Task<SaveOutcome> landing)
    {
        var number = RandomToken.Create();
        if (!landing.IsCompleted || !await _kept.TryPutAsync(number, summary, Lifetime))
        {
            _waiting[number] = (summary, landing);
            _ = KeepLaterAsync(number, summary, landing);
        }

        return number;
    }

    /// <returns>Null when there is none; and whether the store has the connection.</returns>
    public async Task<(ConnectionSummary? Summary, bool IsSaved)> FindAsync(string number, CancellationToken cancellationToken) =>
        _waiting.TryGetValue(number, out var waiting)
            ? (waiting.Summary, waiting.Landing.IsCompleted)
            : (await _kept.PeekAsync(number, cancellationToken), true);

    private async Task KeepLaterAsync(string number, ConnectionSummary summary, Task<SaveOutcome> landing)
    {
        if (await landing == SaveOutcome.Saved)
        {
            await _kept.PutPatientlyAsync(number, summary, Lifetime);
        }

        _waiting.TryRemove(number, out _);
    }
}
