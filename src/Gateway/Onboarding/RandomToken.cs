using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Onboarding;

/// <summary>256 random bits that fit into a URL, and the hash under which what belongs to them is kept.</summary>
internal static class RandomToken
{
    private const int Bytes = 32;
    private const int Length = 43;

    public static string Create() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes));

    /// <summary>False for what was never handed out: it is not looked up.</summary>
    public static bool IsWellFormed([NotNullWhen(true)] string? token) => token?.Length == Length && Base64Url.IsValid(token);

    /// <summary>Tells nothing of the token.</summary>
    public static string HashOf(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    /// <summary>Compares in a time that depends on neither.</summary>
    public static bool IsHashOf(string? token, string hash) =>
        token is not null && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(HashOf(token)), Encoding.ASCII.GetBytes(hash));
}
