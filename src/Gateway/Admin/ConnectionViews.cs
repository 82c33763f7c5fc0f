using System.ComponentModel;
using System.Text.Json.Serialization;

using Gateway.Model;
using Gateway.Observability;

namespace Gateway.Admin;

/// <summary>A connection as operators see it; nothing in it opens a door.</summary>
/// <param name="Provider">The provider's name.</param>
/// <param name="Name">The connection's name.</param>
/// <param name="Status"><c>ready</c>, <c>refreshing</c>, <c>reauthorization_required</c> or <c>unavailable</c>.</param>
/// <param name="Generation">Grows by one each time grant or token change.</param>
/// <param name="ExpiresAt">When the token expires; null when there is none or it never does.</param>
/// <param name="RefreshedAt">When the token was last renewed; null when never.</param>
/// <param name="Scopes">The granted scopes; empty when the provider did not say.</param>
/// <param name="Fields">The fields that are no secrets.</param>
/// <param name="LastError">The last failed refresh; null when the last one worked.</param>
[Description("A connection. Secrets are never shown.")]
internal sealed record ConnectionView(
    string Provider,
    string Name,
    [property: Description("ready, refreshing, reauthorization_required or unavailable")] string Status,
    [property: Description("Grows by one each time grant or token change.")] long Generation,
    [property: Description("When the token expires; null when there is none or it never does.")] DateTimeOffset? ExpiresAt,
    DateTimeOffset? RefreshedAt,
    IReadOnlyList<string> Scopes,
    [property: Description("The fields that are no secrets.")] IReadOnlyDictionary<string, string> Fields,
    [property: Description("The last failed refresh; null when the last one worked.")] RefreshErrorView? LastError)
{
    [Description("Configured and not granted; absent when nothing is, or when the provider did not say what it granted.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? MissingScopes { get; init; }

    [Description("Those of the granted that can change data or reach far; absent when there is none.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? ElevatedScopes { get; init; }
}

/// <summary>A page of connections, ordered by provider and name.</summary>
/// <param name="Items">At most as many as asked for.</param>
/// <param name="Next">What to pass as <c>after</c> for the next page; null on the last.</param>
[Description("A page of connections, ordered by provider and name.")]
internal sealed record ConnectionPage(
    IReadOnlyList<ConnectionView> Items,
    [property: Description("What to pass as after= for the next page; null on the last.")] string? Next);

/// <summary>A failed refresh as operators see it.</summary>
/// <param name="Reason">A word of a closed set, never the provider's own text.</param>
/// <param name="At">When it failed.</param>
/// <param name="Attempts">Failures in a row.</param>
/// <param name="RetryAt">When the next try may be; null when only an operator can help.</param>
/// <param name="Outcome"><c>permanent</c>, <c>transient</c> or <c>configuration</c>.</param>
[Description("Why the last refresh failed.")]
internal sealed record RefreshErrorView(
    [property: Description("A word of a closed set, such as invalid_grant, timeout or http_503.")] string Reason,
    DateTimeOffset At,
    [property: Description("Failures in a row.")] int Attempts,
    [property: Description("No instance tries before; null when only an operator can help.")] DateTimeOffset? RetryAt,
    [property: Description("permanent, transient or configuration")] string Outcome);

/// <summary>What a provider said to a connection's credential.</summary>
/// <param name="Verified">True for a 2xx answer.</param>
/// <param name="Status">The answer's status.</param>
[Description("What the provider said to the credential; its body is not passed on.")]
internal sealed record VerificationView(bool Verified, int Status);

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
