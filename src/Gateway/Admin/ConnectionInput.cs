using System.ComponentModel;
using System.Text.Json.Serialization;

using Gateway.Model;

namespace Gateway.Admin;

/// <summary>What a PUT brings: the secrets of a connection, in one of the shapes that its provider's kind takes.</summary>
[Description("Either the fields alone (integration token, API token, key pair), or a refresh token with what is known of its access token.")]
internal sealed class ConnectionInput
{
    [Description("The grant of an authorization-code connection.")]
    public Secret? RefreshToken { get; init; }

    [Description("The token in force; without it the gateway mints one.")]
    public Secret? AccessToken { get; init; }

    [Description("Seconds from now until accessToken expires; 0 or less: expired already. The provider's DefaultLifetime when absent.")]
    public double? ExpiresIn { get; init; }

    [Description("The granted scopes: one string with spaces between them, or an array.")]
    [JsonConverter(typeof(ScopeJsonConverter))]
    public IReadOnlyList<string>? Scope { get; init; }

    [Description("The fields that the provider declares, by name; GET /providers lists them.")]
    public Dictionary<string, Secret>? Fields { get; init; }

    /// <summary>The same, with every value as it was meant.</summary>
    public ConnectionInput Cleaned() => new()
    {
        RefreshToken = RefreshToken is { } refreshToken ? PastedSecret.Clean(refreshToken) : null,
        AccessToken = AccessToken is { } accessToken ? PastedSecret.Clean(accessToken) : null,
        ExpiresIn = ExpiresIn,
        Scope = Scope,
        Fields = Fields?.ToDictionary(static field => field.Key, static field => PastedSecret.Clean(field.Value), StringComparer.Ordinal),
    };
}
