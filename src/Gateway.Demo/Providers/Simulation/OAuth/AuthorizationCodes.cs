using System.Collections.Concurrent;

namespace Gateway.Demo.Providers;

/// <summary>Codes between the approval and the token endpoint. Taking one removes it: a code works once, however many ask at once.</summary>
internal sealed class AuthorizationCodes(TokenSettings settings, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, AuthorizationCode> _codes = new(StringComparer.Ordinal);

    public string Create(SimulatedGrant grant, string redirectUri, string? challenge)
    {
        var value = RandomText.Create("sim-code-");
        _codes[value] = new AuthorizationCode(grant, redirectUri, challenge, time.GetUtcNow() + settings.CodeLifetime);
        return value;
    }

    /// <summary>The code, used up by asking; null when it is unknown, used or too old.</summary>
    public AuthorizationCode? Take(string? value) =>
        value is not null && _codes.TryRemove(value, out var code) && code.ExpiresAt > time.GetUtcNow() ? code : null;
}
