using Gateway.Model;

namespace Gateway.Onboarding.Consent;

/// <summary>States: made fresh for every start, taken at their first presentation, by whichever instance the browser comes back to.</summary>
internal sealed class PendingConsents(IOneTimeStore store, TimeProvider clock)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    private readonly OneTimeEntries<PendingConsent> _kept = new(store, "state", OnboardingJson.Default.PendingConsent, clock);

    /// <param name="state">Random; its hash alone is kept.</param>
    /// <param name="consent">What the answer will be held against.</param>
    public ValueTask KeepAsync(string state, PendingConsent consent) => _kept.PutAsync(state, consent, Lifetime);

    /// <summary>Null for a state that never was, was presented before, or is too old.</summary>
    public async Task<PendingConsent?> TakeAsync(string? state) =>
        state is not null && await _kept.TakeAsync(state) is { } consent && consent.ExpiresAt > clock.GetUtcNow() ? consent : null;
}
