using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Demo.Providers;

/// <summary>Creates random secrets. Their prefix marks them as simulated.</summary>
internal static class RandomText
{
    private const int EntropyBytes = 24;

    public static string Create(string prefix) => prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(EntropyBytes));

    /// <summary>Creates a text with the shape of a JWT; the signature part is random.</summary>
    public static string CreateJwt(string subject, DateTimeOffset expiresAt) => string.Join('.',
        Encode("""{"alg":"none","typ":"JWT"}"""),
        Encode($$"""{"sub":"{{subject}}","exp":{{expiresAt.ToUnixTimeSeconds()}}}"""),
        Create("sim-"));

    private static string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}
