using Gateway.Model;
using Gateway.Onboarding.Consent;
using Gateway.Onboarding.Links;
using Gateway.Tokens.Refreshing;

namespace Gateway.Onboarding.Callback;

/// <summary>
/// From an admitted answer to a stored connection. The link is taken before the code is spent, so that of two completions one goes on; it
/// is put back when nothing came of it. Nothing here ends because a browser went away.
/// </summary>
internal sealed class AccountConnection(
    IConnectionStore store, ConnectLinks links, VerifiedConnections candidates, GivenGrants grants, RefusedGrants refused)
{
    public async Task<(GivenGrant? Given, ConnectLink? Link, Refusal? Refusal)> ConnectAsync(Provider provider, PendingConsent consent, Secret grant)
    {
        // What the new grant may replace, as it is before it exists. A store that does not answer ends it here: the code is not spent.
        var before = await store.ReadAsync(new(provider.Name, consent.Name), CancellationToken.None);
        if (await links.TakeAsync(consent.LinkToken) is not { } link)
        {
            return (null, null, Refusal.LinkGone);
        }

        var connected = false;
        try
        {
            var (given, refusal) = await SaveAsync(provider, consent, grant, before);
            connected = given is not null;
            return (given, link, refusal);
        }
        finally
        {
            if (!connected)
            {
                await links.PutBackAsync(consent.LinkToken, link);
            }
        }
    }

    private async Task<(GivenGrant? Given, Refusal? Refusal)> SaveAsync(Provider provider, PendingConsent consent, Secret grant, Connection? before)
    {
        var (content, refusal) = await candidates.MakeAsync(provider, consent, grant, before);
        if (content is null)
        {
            return (null, refusal);
        }

        // One compare-and-set of everything: whatever was stored serves until then, and a refresh in flight finds another generation.
        var given = await grants.SaveAsync(content, before);
        refused.Watch(provider, given);
        return given.IsOvertaken ? (null, Refusal.Changed) : (given, null);
    }
}
