using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Onboarding.Consent;

/// <summary>Proof key for code exchange, method S256 (RFC 7636 section 4.2); <c>plain</c> does not exist here.</summary>
internal static class Pkce
{
    public const string Method = "S256";

    public static string ChallengeOf(string verifier) => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));
}
