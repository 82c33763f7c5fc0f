using Gateway.Model;
using Gateway.Tokens;
using Gateway.Tokens.Refreshing;

namespace Gateway.Onboarding.Callback;

/// <summary>
/// Revokes grants that a consent produced and that are not stored, because they would stay valid at the provider. Best effort, in the
/// background. A revocation may end more than the one grant (RFC 7009 section 2.1; Keycloak: everything that came of one sign-in). Unless
/// <c>RevocationIsPerGrant</c> excludes that, a grant is revoked only while the client has no connection.
/// </summary>
internal sealed class UnusedGrants(GrantRevocation revocation, IConnectionStore store, ProviderCatalog catalog, OnboardingAudit audit)
{
    /// <summary>The id is that of the intended connection. A key that was handed out cannot be revoked.</summary>
    public async Task RevokeAsync(Provider provider, Connection unused)
    {
        if (provider.OAuth is not { } client || !await revocation.KnowsAsync(client, unused))
        {
            return;
        }

        if (await IsSafeToRevokeAsync(client, unused))
        {
            audit.GivenBack(unused.Id, await revocation.RevokeAsync(provider.Name, client, unused));
        }
        else
        {
            audit.LeftAlive(unused.Id);
        }
    }

    /// <summary>Revokes the grant if the store turns out to have something newer.</summary>
    public async Task RevokeIfOvertakenAsync(Provider provider, GivenGrant given)
    {
        if (await given.Landing == SaveOutcome.Overtaken)
        {
            await RevokeAsync(provider, given.Connection);
        }
    }

    private async Task<bool> IsSafeToRevokeAsync(OAuthClient client, Connection unused)
    {
        try
        {
            return client.RevocationIsPerGrant
                ? !HasSameSecret(await store.ReadAsync(unused.Id, CancellationToken.None), unused)
                : await HasNoConnectionAsync(client);
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
    }

    // Of any provider with the same client: owners grant access to the client.
    private async Task<bool> HasNoConnectionAsync(OAuthClient client)
    {
        foreach (var provider in catalog.All.Where(other =>
            other.OAuth is { Grant: OAuthGrant.AuthorizationCode } also && also.ClientId == client.ClientId))
        {
            var tally = await store.TallyAsync(provider.Name, CancellationToken.None);
            if (tally.Ready + tally.Refreshing + tally.Unavailable + tally.ReauthorizationRequired > 0)
            {
                return false;
            }
        }

        return true;
    }

    // Some providers issue the same grant again, and some no new token while the old one is valid.
    private static bool HasSameSecret(Connection? stored, Connection unused) =>
        stored is not null
        && (IsSame(stored.Grant.RefreshToken, unused.Grant.RefreshToken)
            || IsSame(stored.Token?.Value ?? default, unused.Token?.Value ?? default));

    private static bool IsSame(Secret one, Secret other) => !one.IsEmpty && one == other;
}
