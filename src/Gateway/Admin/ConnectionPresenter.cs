using Gateway.Model;
using Gateway.Observability;

namespace Gateway.Admin;

/// <summary>Shows stored connections without what is secret in them.</summary>
internal sealed class ConnectionPresenter(IConnectionStore store, ProviderCatalog catalog, TimeProvider clock)
{
    /// <summary>A connection with its true status: one that is being renewed says so.</summary>
    public async ValueTask<ConnectionView> ShowAsync(Connection connection, CancellationToken cancellationToken)
    {
        var leased = await store.IsLeasedAsync(connection.Id, cancellationToken);
        return Show(connection, leased ? ConnectionStatus.Refreshing : connection.StatusAt(clock.GetUtcNow()));
    }

    public async Task<ConnectionPage> ShowAsync(ConnectionQuery query, CancellationToken cancellationToken)
    {
        var connections = await store.ListAsync(query, cancellationToken);

        // Filtered by status, all have that one; else leases are asked for side by side, one round trip for the store's client.
        var views = query.Status is { } status
            ? [.. connections.Select(connection => Show(connection, status))]
            : await Task.WhenAll(connections.Select(connection => ShowAsync(connection, cancellationToken).AsTask()));
        return new(views, views.Length == query.Limit ? connections[^1].Id.ToString() : null);
    }

    private ConnectionView Show(Connection connection, ConnectionStatus status) => new(
        connection.Id.Provider,
        connection.Id.Name,
        status.ToWord(),
        connection.Generation,
        connection.Token is { } token && token.ExpiresAt < DateTimeOffset.MaxValue ? token.ExpiresAt : null,
        connection.RefreshedAt,
        connection.Scopes,
        connection.Fields,
        connection.LastFailure is { } failure ? Show(failure) : null)
    {
        MissingScopes = OrNull(catalog.Find(connection.Id.Provider) is { } wanting ? ScopeRules.Missing(wanting.WantedScopes(), connection.Scopes) : []),
        ElevatedScopes = OrNull(catalog.Find(connection.Id.Provider) is { } known ? [.. connection.Scopes.Where(known.IsElevated)] : []),
    };

    private static IReadOnlyList<string>? OrNull(IReadOnlyList<string> scopes) => scopes.Count > 0 ? scopes : null;

    private static RefreshErrorView Show(RefreshFailure failure) => new(
        failure.Reason,
        failure.At,
        failure.Attempts,
        failure.Outcome == RefreshOutcome.Permanent ? null : failure.RetryAt,
        GatewayTags.ToTagValue(failure.Outcome));
}
