using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Demo.Providers;

/// <summary>PKCE (RFC 7636), method S256 only.</summary>
internal static class Pkce
{
    private const int ShortestVerifier = 43;
    private const int LongestVerifier = 128;

    public static string Challenge(string verifier) => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));

    /// <summary>Whether the verifier matches the challenge. Without a challenge any verifier is ignored.</summary>
    public static bool IsAnswered(string? challenge, string? verifier) =>
        challenge is null
        || (verifier?.Length is >= ShortestVerifier and <= LongestVerifier && Challenge(verifier).Equals(challenge, StringComparison.Ordinal));
}
