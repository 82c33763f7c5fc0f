using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Demo.Providers;

/// <summary>
/// Codes that wait for the token request. Taking a code removes it atomically, so that a code works once under concurrent requests.
/// </summary>
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

/// <summary>An authorization code that was issued and not yet redeemed.</summary>
/// <param name="Grant">The approved grant.</param>
/// <param name="RedirectUri">The redirect URI of the authorization request; the token request must repeat it.</param>
/// <param name="Challenge">PKCE challenge, method S256; null if the request had none.</param>
/// <param name="ExpiresAt">End of the code's lifetime.</param>
internal sealed record AuthorizationCode(SimulatedGrant Grant, string RedirectUri, string? Challenge, DateTimeOffset ExpiresAt);

/// <summary>PKCE (RFC 7636), method S256 only.</summary>
internal static class Pkce
{
    private const int ShortestVerifier = 43;
    private const int LongestVerifier = 128;

    public static string Challenge(string verifier) => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));

    /// <summary>Whether the verifier matches the challenge. Without a challenge any verifier is ignored.</summary>
    public static bool IsAnswered(string? challenge, string? verifier) =>
        challenge is null
        || (verifier?.Length is >= ShortestVerifier and <= LongestVerifier
            && Challenge(verifier).Equals(challenge, StringComparison.Ordinal));
}
