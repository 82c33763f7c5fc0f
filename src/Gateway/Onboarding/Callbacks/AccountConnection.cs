using Gateway.Credentials;
using Gateway.Onboarding.Consents;
using Gateway.Onboarding.Links;
using Gateway.Tokens.Refreshing;

namespace Gateway.Onboarding.Callbacks;

/// <summary>
/// From an admitted answer to a stored connection. The link is taken before the code is spent, so that of two completions one goes on; it
/// is put back when nothing came of it. Nothing here ends because a browser went away.
/// </summary>
internal sealed class AccountConnection(ConnectLinks links, CandidateSource candidates, CandidateCheck check, ConnectionWriter writer)
{
    public async Task<(Connection? Connection, ConnectLink? Link, Refusal? Refusal)> ConnectAsync(Provider provider, PendingConsent consent, Secret grant)
    {
        if (await links.TakeAsync(consent.LinkToken) is not { } link)
        {
            return (null, null, Refusal.LinkGone);
        }

        var connected = false;
        try
        {
            var (connection, refusal) = await StoreAsync(provider, consent, grant);
            connected = connection is not null;
            return (connection, link, refusal);
        }
        finally
        {
            if (!connected)
            {
                await links.PutBackAsync(consent.LinkToken, link);
            }
        }
    }

    private async Task<(Connection? Connection, Refusal? Refusal)> StoreAsync(Provider provider, PendingConsent consent, Secret grant)
    {
        var (candidate, refusal) = await candidates.MakeAsync(provider, consent, grant);
        if (candidate is null)
        {
            return (null, refusal);
        }

        (var content, refusal) = await check.PassAsync(provider, candidate);
        if (content is null)
        {
            return (null, refusal);
        }

        // One compare-and-set of everything: whatever was stored serves until then, and a refresh in flight finds another generation.
        var written = await writer.ReplaceAsync(content.Id, content, CancellationToken.None);
        return written is { } result ? (result.Stored, null) : (null, Refusal.StoreAway);
    }
}
