using System.Security.Cryptography;
using System.Text;

namespace Gateway.Model;

/// <summary>The bearer key of the operators' API, configured as <c>Admin:Key</c> or made at start.</summary>
public sealed class AdminKey(Secret value)
{
    // Slow on purpose and cut to 32 bits: the fingerprint stands in logs for years and must not help to guess a weak key.
    private const int FingerprintIterations = 100_000;
    private const int FingerprintLength = 4;

    // Reads of an already computed fingerprint take no lock; two first readers compute it once.
    private readonly Lazy<string> _fingerprint = new(() => Derive(value));

    /// <summary>Eight hexadecimal digits that name the key in the audit trail; the same on every instance that has the same key.</summary>
    public string Fingerprint => _fingerprint.Value;

    /// <summary>Compares in a time that depends on neither key; an empty configured key matches nothing.</summary>
    public bool Matches(Secret presented) => !value.IsEmpty && value == presented;

    public override string ToString() => "***";

    private static string Derive(Secret key) => Convert.ToHexStringLower(Rfc2898DeriveBytes.Pbkdf2(
        Encoding.UTF8.GetBytes(key.Reveal()), "gateway admin key fingerprint"u8.ToArray(), FingerprintIterations, HashAlgorithmName.SHA256, FingerprintLength));
}
