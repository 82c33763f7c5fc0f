using System.Security.Cryptography;
using System.Text;

using Gateway.Store.Embedded;

namespace Gateway.Store.Encryption;

/// <summary>
/// Loads the keys: from <c>Store:EncryptionKeys</c>; else derived from <c>Admin:Key</c> (with Redis); else from the file
/// <c>encryption.key</c> in
/// <c>Store:Path</c>, which is created on first use.
/// </summary>
internal static partial class EncryptionKeys
{
    // OWASP's figure for PBKDF2 with SHA-256, because the operator's key may be a weak one. Takes about 0.2 s, once, in this mode only.
    private const int Iterations = 600_000;

    private const string KeyFile = "encryption.key";

    /// <exception cref="IOException">The key file can't be created, or holds something else.</exception>
    public static EncryptionKeyRing Load(StoreOptions options, ILogger logger)
    {
        if (options.EncryptionKeys.Length > 0)
        {
            return new EncryptionKeyRing(options.EncryptionKeys.Select(Parse));
        }

        if (options.IsEmbedded || options.AdminKey.Length == 0)
        {
            var key = ReadOrCreateKey(new StoreDirectory(options.Path));
            if (!options.IsEmbedded)
            {
                Log.KeyFileWithRedis(logger);
            }

            return new EncryptionKeyRing([key]);
        }

        Log.DerivedFromAdminKey(logger);
        return new EncryptionKeyRing([Derive(options.AdminKey)]);
    }

    private static byte[] ReadOrCreateKey(StoreDirectory directory) =>
        EncryptionKeyRing.TryParse(directory.ReadOrCreate(KeyFile, NewKey), out var key)
            ? key
            : throw new IOException($"'{directory.PathOf(KeyFile)}' is not the Base64 of {EncryptionKeyRing.KeySize} bytes.");

    private static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(EncryptionKeyRing.KeySize));

    private static byte[] Parse(string text) =>
        EncryptionKeyRing.TryParse(text, out var key) ? key
            : throw new InvalidOperationException("Store:EncryptionKeys holds a value that is not a key.");

    // The salt is fixed, because all instances must derive the same key and share nothing but Admin:Key.
    private static byte[] Derive(string adminKey) => Rfc2898DeriveBytes.Pbkdf2(
        Encoding.UTF8.GetBytes(adminKey), "gateway store encryption"u8, Iterations, HashAlgorithmName.SHA256, EncryptionKeyRing.KeySize);

    private static partial class Log
    {
        [LoggerMessage(1120, LogLevel.Warning,
            "Store:EncryptionKeys is not set: secrets are sealed with a key derived from Admin:Key, and become unreadable when " +
            "Admin:Key changes. Set Store:EncryptionKeys.")]
        public static partial void DerivedFromAdminKey(ILogger logger);

        [LoggerMessage(1121, LogLevel.Warning,
            "Store:EncryptionKeys is not set: secrets are sealed with the key file in Store:Path, which other instances do not have. " +
            "Set Store:EncryptionKeys.")]
        public static partial void KeyFileWithRedis(ILogger logger);
    }
}
