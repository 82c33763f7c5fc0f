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

/// <summary>The format of a provider's tokens.</summary>
/// <param name="Provider">Provider name in the prefix of opaque tokens.</param>
/// <param name="IsJwt">Whether access tokens have the shape of a JWT.</param>
internal sealed record TokenShape(string Provider, bool IsJwt)
{
    public string CreateAccess(SimulatedGrant grant, DateTimeOffset expiresAt) =>
        IsJwt ? RandomText.CreateJwt(grant.Account, expiresAt) : RandomText.Create($"sim-{Provider}-access-");

    public string CreateRefresh() => RandomText.Create($"sim-{Provider}-refresh-");
}
