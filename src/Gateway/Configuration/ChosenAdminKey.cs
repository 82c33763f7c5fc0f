using System.Security.Cryptography;

using Gateway.Model;

namespace Gateway.Configuration;

/// <summary>The operators' key of this run: configured, or random when nothing is configured.</summary>
/// <param name="Value">What operators present.</param>
/// <param name="IsRandom">True when nobody knows it yet.</param>
internal sealed record ChosenAdminKey(Secret Value, bool IsRandom)
{
    /// <summary>Characters below which a key is worth a warning.</summary>
    public const int LeastLength = 16;

    private const int RandomLength = 32;

    public bool IsShort => Value.Reveal().Length < LeastLength;

    public static ChosenAdminKey From(IConfiguration root) => root["Admin:Key"] is { Length: > 0 } configured
        ? new(new Secret(configured), IsRandom: false)
        : new(new Secret(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(RandomLength))), IsRandom: true);

    /// <summary>Shows a random key, past the log: that is kept and shipped.</summary>
    public void Announce(TextWriter console)
    {
        if (IsRandom)
        {
            console.WriteLine($"Admin:Key is not set; the key of this run is {Value.Reveal()}");
        }
    }
}
