using System.ComponentModel;
using System.Text.Json.Serialization;

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
