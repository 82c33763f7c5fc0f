using Gateway.Credentials;

namespace Gateway.Onboarding.Consents;

/// <summary>Last pages by a random number of their own, which opens nothing else.</summary>
internal sealed class Summaries(IOnceStore store)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private readonly Kept<ConnectionSummary> _kept = new(store, "done", OnboardingJson.Default.ConnectionSummary);

    public async Task<string> KeepAsync(ConnectionSummary summary)
    {
        var number = RandomToken.Create();
        await _kept.PutAsync(number, summary, Lifetime);
        return number;
    }

    public ValueTask<ConnectionSummary?> FindAsync(string number, CancellationToken cancellationToken) => _kept.PeekAsync(number, cancellationToken);
}
