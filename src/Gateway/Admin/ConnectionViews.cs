using System.ComponentModel;
using System.Text.Json.Serialization;

using Gateway.Model;
using Gateway.Observability;

namespace Gateway.Admin;

/// <summary>A connection as operators see it. The descriptions stand in the OpenAPI document.</summary>
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

/// <summary>A page of connections; <c>Next</c> goes into <c>after</c>.</summary>
[Description("A page of connections, ordered by provider and name.")]
internal sealed record ConnectionPage(
    IReadOnlyList<ConnectionView> Items,
    [property: Description("What to pass as after= for the next page; null on the last.")] string? Next);

/// <summary>A failed refresh as operators see it. The reason is a word of a closed set, never the provider's own text.</summary>
[Description("Why the last refresh failed.")]
internal sealed record RefreshErrorView(
    [property: Description("A word of a closed set, such as invalid_grant, timeout or http_503.")] string Reason,
    DateTimeOffset At,
    [property: Description("Failures in a row.")] int Attempts,
    [property: Description("No instance tries before; null when only an operator can help.")] DateTimeOffset? RetryAt,
    [property: Description("permanent, transient or configuration")] string Outcome);

/// <summary>The provider's answer to a credential; true for 2xx.</summary>
[Description("What the provider said to the credential; its body is not passed on.")]
internal sealed record VerificationView(bool Verified, int Status);

/// <summary>Shows stored connections without their secrets.</summary>
internal sealed class ConnectionPresenter(IConnectionStore store, ProviderCatalog catalog, TimeProvider clock)
{
    /// <summary>Shows <c>refreshing</c> while an instance holds the connection's lease.</summary>
    public async Task<ConnectionView> ShowAsync(Connection connection, CancellationToken cancellationToken)
    {
        var leased = await store.IsLeasedAsync(connection.Id, cancellationToken);
        return Show(connection, leased ? ConnectionStatus.Refreshing : connection.StatusAt(clock.GetUtcNow()));
    }

    public async Task<ConnectionPage> ShowAsync(ConnectionQuery query, CancellationToken cancellationToken)
    {
        var connections = await store.ListAsync(query, cancellationToken);

        // A filter by status settles the status of all. Else the leases are asked for concurrently, which the store's client pipelines.
        var views = query.Status is { } status
            ? [.. connections.Select(connection => Show(connection, status))]
            : await Task.WhenAll(connections.Select(connection => ShowAsync(connection, cancellationToken)));
        return new(views, views.Length == query.Limit ? connections[^1].Id.ToString() : null);
    }

    private ConnectionView Show(Connection connection, ConnectionStatus status)
    {
        var provider = catalog.Find(connection.Id.Provider);
        return new(
            connection.Id.Provider,
            connection.Id.Name,
            status.ToTagValue(),
            connection.Generation,
            connection.Token is { } token && token.ExpiresAt < DateTimeOffset.MaxValue ? token.ExpiresAt : null,
            connection.RefreshedAt,
            connection.Scopes,
            connection.Fields,
            connection.LastFailure is { } failure ? Show(failure) : null)
        {
            MissingScopes = provider is null ? null : NullIfEmpty(ScopeRules.Missing(provider.WantedScopes(), connection.Scopes)),
            ElevatedScopes = provider is null ? null : NullIfEmpty([.. connection.Scopes.Where(provider.IsElevated)]),
        };
    }

    private static IReadOnlyList<string>? NullIfEmpty(IReadOnlyList<string> scopes) => scopes.Count > 0 ? scopes : null;

    private static RefreshErrorView Show(RefreshFailure failure) => new(
        failure.Reason,
        failure.At,
        failure.Attempts,
        failure.Outcome == RefreshOutcome.Permanent ? null : failure.RetryAt,
        failure.Outcome.ToTagValue());
}
