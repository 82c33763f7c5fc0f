using System.Collections.Concurrent;

namespace Gateway.Demo.Providers;

/// <summary>Codes that wait for the token request. Taking a code removes it atomically, so that a code works once under concurrent requests.</summary>
internal sealed class AuthorizationCodes(TokenSettings settings, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, AuthorizationCode> _codes = new(StringComparer.Ordinal);

    public string Create(SimulatedGrant grant, string redirectUri, string? challenge)
    {
        var value = RandomText.Create("sim-code-");
        _codes[value] = new AuthorizationCode(grant, redirectUri, challenge, time.GetUtcNow() + settings.CodeLifetime);
        return value;
    }

    /// <summary>Removes and returns the code; null if it is unknown, used or expired.</summary>
    public AuthorizationCode? Take(string? value) =>
        value is not null && _codes.TryRemove(value, out var code) && code.ExpiresAt > time.GetUtcNow() ? code : null;
}
