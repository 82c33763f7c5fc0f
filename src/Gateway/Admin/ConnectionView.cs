using System.ComponentModel;

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
/// <param name="MissingScopes">Configured and not granted; empty when the provider did not say what it granted.</param>
/// <param name="ElevatedScopes">Those of the granted that can change data or reach far.</param>
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
    [property: Description("Configured and not granted; empty when the provider did not say what it granted.")] IReadOnlyList<string> MissingScopes,
    [property: Description("Those of the granted that can change data or reach far.")] IReadOnlyList<string> ElevatedScopes,
    [property: Description("The fields that are no secrets.")] IReadOnlyDictionary<string, string> Fields,
    [property: Description("The last failed refresh; null when the last one worked.")] RefreshErrorView? LastError);
