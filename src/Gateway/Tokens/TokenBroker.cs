using Gateway.Credentials;
using Gateway.Observability;

namespace Gateway.Tokens;

/// <summary>One working token per connection: the only door to credentials for the forwarding path.</summary>
public sealed class TokenBroker(IConnectionStore store, TimeProvider clock, GatewayMetrics metrics)
{
    /// <summary>A credential that can be sent now, renewed first when there is no other way.</summary>
    /// <param name="provider">The provider in force.</param>
    /// <param name="id">The connection.</param>
    /// <param name="cancellationToken">Ends this caller's wait, and nothing else.</param>
    public async ValueTask<CredentialResult> GetAsync(Provider provider, ConnectionId id, CancellationToken cancellationToken)
    {
        var connection = await store.ReadAsync(id, cancellationToken);
        if (connection is null)
        {
            return new(new CredentialFailure(GatewayError.ConnectionNotFound, "Nothing is stored under that name."));
        }

        _ = clock;
        metrics.CredentialServed(provider.Name, CredentialSource.Store);
        return CredentialRenderer.TryRender(provider, connection, out var credential)
            ? new(credential, CredentialSource.Store)
            : new(new CredentialFailure(GatewayError.CredentialUnavailable, "No token."));
    }

    /// <summary>
    /// A credential newer than one that the third party refused: adopted when the store has it already, else renewed, once for all
    /// requests and instances that were refused with that generation.
    /// </summary>
    /// <param name="provider">The provider in force.</param>
    /// <param name="rejected">What the refused request carried.</param>
    /// <param name="cancellationToken">Ends this caller's wait, and nothing else.</param>
    public async ValueTask<CredentialResult> ReplaceAsync(Provider provider, Credential rejected, CancellationToken cancellationToken)
    {
        var result = await GetAsync(provider, rejected.Connection, cancellationToken);
        return result.Credential?.Generation > rejected.Generation
            ? result
            : new(new CredentialFailure(GatewayError.CredentialUnavailable, "Nothing newer."));
    }

    /// <summary>Renews now, because an operator asked: whatever the token's age, the backoff or a dead grant say.</summary>
    public ValueTask<CredentialResult> RefreshAsync(Provider provider, ConnectionId id, CancellationToken cancellationToken) =>
        GetAsync(provider, id, cancellationToken);
}
