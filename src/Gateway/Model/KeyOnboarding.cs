namespace Gateway.Model;

/// <summary>How an owner authorises an account at a provider that hands out keys instead of codes (Bookeo).</summary>
/// <param name="AuthorizationUrl">Where the owner's browser goes; permissions and state are added to its query.</param>
/// <param name="Permissions">What is asked for; empty to ask for what the provider gives by itself.</param>
/// <param name="KeyParameter">The callback's query parameter that carries the key, and the connection's field that keeps it.</param>
public sealed record KeyOnboarding(Uri AuthorizationUrl, IReadOnlyList<string> Permissions, string KeyParameter);
