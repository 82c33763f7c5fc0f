using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Demo.Providers;

/// <summary>Made-up secrets. The prefix says that they are simulated, wherever they turn up.</summary>
internal static class RandomText
{
    private const int EntropyBytes = 24;

    public static string Create(string prefix) => prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(EntropyBytes));

    /// <summary>Shaped like a JWT, signed by nobody.</summary>
    public static string CreateJwt(string subject, DateTimeOffset expiresAt) => string.Join('.',
        Encode("""{"alg":"none","typ":"JWT"}"""),
        Encode($$"""{"sub":"{{subject}}","exp":{{expiresAt.ToUnixTimeSeconds()}}}"""),
        Create("sim-"));

    private static string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}
