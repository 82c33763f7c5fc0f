using Gateway.Model;
using Gateway.Onboarding.Consent;

namespace Gateway.Onboarding.Callback;

/// <summary>Candidates that passed. One that came into being and did not is given back.</summary>
internal sealed class VerifiedConnections(CodeRedeemer source, ConnectionVerifier check, RefusedGrants refused)
{
    /// <param name="provider">The provider in force.</param>
    /// <param name="consent">What the answer is held against.</param>
    /// <param name="grant">The code, or the key.</param>
    /// <param name="before">What is stored by now.</param>
    /// <returns>What to store, or why nothing is.</returns>
    public async Task<(Connection? Connection, Refusal? Refusal)> MakeAsync(Provider provider, PendingConsent consent, Secret grant, Connection? before)
    {
        var (candidate, refusal) = await source.MakeAsync(provider, consent, grant);
        if (candidate is null)
        {
            return (null, refusal);
        }

        (var content, refusal) = await check.PassAsync(provider, candidate, before);
        if (content is null)
        {
            refused.GiveBack(provider, candidate.Connection);
        }

        return (content, refusal);
    }
}
