using System.Security.Cryptography;
using System.Text;

namespace Gateway.Model;

/// <summary>The bearer key of the operators' API.</summary>
/// <param name="value">As configured (<c>Admin:Key</c>), or random.</param>
/// <param name="isRandom">True when the key has to be printed, because it is not configured.</param>
public sealed class AdminKey(Secret value, bool isRandom = false)
{
    /// <summary>A key with fewer characters is warned about.</summary>
    public const int MinLength = 16;

    private const int RandomLength = 32;

    // Slow on purpose and cut to 32 bits: logs keep the fingerprint for years, and it must not help to guess a weak key.
    private const int FingerprintIterations = 100_000;
    private const int FingerprintLength = 4;

    private readonly Lazy<string> _fingerprint = new(() => Derive(value));

    public Secret Value => value;

    public bool IsShort => value.Reveal().Length < MinLength;

    /// <summary>Eight hexadecimal digits that name the key in the audit trail; the same on every instance that has the same key.</summary>
    public string Fingerprint => _fingerprint.Value;

    /// <summary>The configured key, or a random one of 256 bits when none is configured.</summary>
    public static AdminKey From(string? configured) => string.IsNullOrEmpty(configured)
        ? new(new Secret(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(RandomLength))), isRandom: true)
        : new(new Secret(configured));

    /// <summary>Compares in a time that depends on neither key; an empty configured key matches nothing.</summary>
    public bool Matches(Secret presented) => !value.IsEmpty && value == presented;

    /// <summary>For the console and not for the log, which is kept and shipped; null when the key is configured.</summary>
    public string? Announcement => isRandom ? $"Admin:Key is not set; the key of this run is {value.Reveal()}" : null;

    public override string ToString() => "***";

    private static string Derive(Secret key) => Convert.ToHexStringLower(Rfc2898DeriveBytes.Pbkdf2(
        Encoding.UTF8.GetBytes(key.Reveal()), "gateway admin key fingerprint"u8, FingerprintIterations, HashAlgorithmName.SHA256,
        FingerprintLength));
}
