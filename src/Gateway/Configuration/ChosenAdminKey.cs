using System.Security.Cryptography;

using Gateway.Model;

namespace Gateway.Configuration;

/// <summary>The operators' key of this run: configured, or random when none is configured.</summary>
/// <param name="Value">The key.</param>
/// <param name="IsRandom">True when it has to be printed, because it is not configured.</param>
internal sealed record ChosenAdminKey(Secret Value, bool IsRandom)
{
    /// <summary>A key with fewer characters is warned about.</summary>
    public const int MinLength = 16;

    private const int RandomLength = 32;

    public bool IsShort => Value.Reveal().Length < MinLength;

    public static ChosenAdminKey From(IConfiguration root) => root["Admin:Key"] is { Length: > 0 } configured
        ? new(new Secret(configured), IsRandom: false)
        : new(new Secret(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(RandomLength))), IsRandom: true);

    /// <summary>Prints a random key to the console and not to the log, which is kept and shipped.</summary>
    public void Announce(TextWriter console)
    {
        if (IsRandom)
        {
            console.WriteLine($"Admin:Key is not set; the key of this run is {Value.Reveal()}");
        }
    }
}
