using Gateway.Model;
using Gateway.Tokens;
using Gateway.Tokens.Refreshing;

namespace Gateway.Onboarding.Callback;

/// <summary>
/// Gives back what a consent brought and nobody keeps: dropped here, it would live on at the provider. Best effort, beside the owner's way.
/// A provider may end more than the one grant (RFC 7009 section 2.1; Keycloak: all that came of one sign-in), so unless the configuration
/// says that it does not, only while nothing is connected that could hang on it.
/// </summary>
internal sealed class RefusedGrants(GrantRevocation revocation, IConnectionStore store, ProviderCatalog catalog, OnboardingAudit audit)
{
    /// <param name="provider">The provider in force.</param>
    /// <param name="refused">With the place that it was meant for. A key that was handed out is nothing that could be given back.</param>
    public void GiveBack(Provider provider, Connection refused)
    {
        if (provider.OAuth is { } client)
        {
            _ = GiveBackAsync(provider, client, refused);
        }
    }

    /// <summary>Gives it back when it turns out that the store never takes it.</summary>
    public void Watch(Provider provider, GivenGrant given) => _ = WatchAsync(provider, given);

    private async Task WatchAsync(Provider provider, GivenGrant given)
    {
        if (await given.Landing == SaveOutcome.Overtaken)
        {
            GiveBack(provider, given.Connection);
        }
    }

    private async Task GiveBackAsync(Provider provider, OAuthClient client, Connection refused)
    {
        if (!await revocation.KnowsAsync(client, refused))
        {
            return;
        }

        if (await IsNobodysAsync(client, refused))
        {
            audit.GivenBack(refused.Id, await revocation.RevokeAsync(provider.Name, client, refused));
        }
        else
        {
            audit.LeftAlive(refused.Id);
        }
    }

    private async Task<bool> IsNobodysAsync(OAuthClient client, Connection refused)
    {
        try
        {
            return client.RevocationIsPerGrant ? !IsSame(await store.ReadAsync(refused.Id, CancellationToken.None), refused) : await IsAloneAsync(client);
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
    }

    // Under any name, of any provider that is this client: what an owner allowed, he allowed the client.
    private async Task<bool> IsAloneAsync(OAuthClient client)
    {
        foreach (var provider in catalog.All.Where(other => other.OAuth is { Grant: OAuthGrant.AuthorizationCode } also && also.ClientId == client.ClientId))
        {
            var tally = await store.TallyAsync(provider.Name, CancellationToken.None);
            if (tally.Ready + tally.Refreshing + tally.Unavailable + tally.ReauthorizationRequired > 0)
            {
                return false;
            }
        }

        return true;
    }

    // Some hand out the same grant again, some no new token as long as the old one lives.
    private static bool IsSame(Connection? stored, Connection refused) =>
        stored is not null && (IsSame(stored.Grant.RefreshToken, refused.Grant.RefreshToken) || IsSame(stored.Token?.Value ?? default, refused.Token?.Value ?? default));

    private static bool IsSame(Secret one, Secret other) => !one.IsEmpty && one == other;
}
