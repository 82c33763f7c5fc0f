using Gateway.Model;
using Gateway.Onboarding.Consent;
using Gateway.Onboarding.Links;
using Gateway.Tokens.Refreshing;

namespace Gateway.Onboarding.Callback;

/// <summary>
/// From an admitted callback to a stored connection. The link is taken before the code is redeemed, so that of two completions one
/// continues; it is put back after a failure. The work continues when the browser disconnects.
/// </summary>
internal sealed class AccountConnector(
    IConnectionStore store, ConnectLinks links, CodeRedeemer redeemer, ConnectionVerifier verifier, GrantOutbox outbox, UnusedGrants unused)
{
    public async Task<(GivenGrant? Given, ConnectLink? Link, Refusal? Refusal)> ConnectAsync(
        Provider provider, PendingConsent consent, Secret grant)
    {
        // What the new grant may replace, read before the grant exists. An unavailable store ends the attempt here, with the code unspent.
        var before = await store.ReadAsync(new(provider.Name, consent.Name), CancellationToken.None);
        if (await links.TakeAsync(consent.LinkToken) is not { } link)
        {
            return (null, null, Refusal.LinkGone);
        }

        GivenGrant? given = null;
        try
        {
            (given, var refusal) = await SaveAsync(provider, consent, grant, before);
            return (given, link, refusal);
        }
        finally
        {
            if (given is null)
            {
                await links.PutBackAsync(consent.LinkToken, link);
            }
        }
    }

    private async Task<(GivenGrant? Given, Refusal? Refusal)> SaveAsync(
        Provider provider, PendingConsent consent, Secret grant, Connection? before)
    {
        var (unverified, refusal) = await redeemer.RedeemAsync(provider, consent, grant);
        if (unverified is null)
        {
            return (null, refusal);
        }

        (var connection, refusal) = await verifier.VerifyAsync(provider, unverified, before);
        if (connection is null)
        {
            _ = unused.RevokeAsync(provider, unverified.Connection);
            return (null, refusal);
        }

        // One compare-and-set: the stored connection serves until then, and a refresh under way meets another generation.
        var given = await outbox.GiveAsync(connection, before);
        _ = unused.RevokeIfOvertakenAsync(provider, given);
        return given.IsOvertaken ? (null, Refusal.Changed) : (given, null);
    }
}
