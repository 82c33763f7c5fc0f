using System.Text.Json;

using Gateway.Model;

namespace Gateway.Onboarding.Callback;

/// <summary>A connection that a provider's answer would make, before anything is believed or stored.</summary>
/// <param name="Connection">Without its place: id and generation are the store's to give.</param>
/// <param name="Said">Short texts that the token answer brought beside the tokens.</param>
internal sealed record UnverifiedConnection(Connection Connection, IReadOnlyDictionary<string, string> Said)
{
    /// <summary>What the provider says about itself, by name: of the token answer, else of the account's description.</summary>
    public string? ToTagValue(string name, JsonElement? account) =>
        Said.GetValueOrDefault(name)
        ?? (account is { } json && json.TryGetProperty(name, out var value)
            ? value.ValueKind switch
            {
                JsonValueKind.String => value.GetString(),
                JsonValueKind.Number => value.GetRawText(),
                _ => null,
            }
            : null);
}
