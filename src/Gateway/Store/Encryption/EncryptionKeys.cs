using System.Security.Cryptography;
using System.Text;

using Gateway.Store.Embedded;

namespace Gateway.Store.Encryption;

/// <summary>Where the keys come from: the configuration, else <c>Admin:Key</c> (with Redis), else a file in <c>Store:Path</c>.</summary>
internal static partial class EncryptionKeys
{
    // OWASP's figure for PBKDF2 with SHA-256: an operator's key may be a poor one. Some 0.2 s, once, and only in this mode.
    private const int Iterations = 600_000;

    public static EncryptionKeyRing Load(StoreOptions options, ILogger logger)
    {
        if (options.EncryptionKeys.Length > 0)
        {
            return new EncryptionKeyRing(options.EncryptionKeys.Select(Parse));
        }

        if (options.IsEmbedded || options.AdminKey.Length == 0)
        {
            var key = new StoreDirectory(options.Path).ReadOrCreateKey();
            if (!options.IsEmbedded)
            {
                Log.KeyFileWithRedis(logger);
            }

            return new EncryptionKeyRing([key]);
        }

        Log.DerivedFromAdminKey(logger);
        return new EncryptionKeyRing([Derive(options.AdminKey)]);
    }

    private static byte[] Parse(string text) =>
        EncryptionKeyRing.TryParse(text, out var key) ? key : throw new InvalidOperationException("Store:EncryptionKeys holds something that is not a key.");

    // A fixed salt, because all instances must come to the same key with nothing shared but Admin:Key.
    private static byte[] Derive(string adminKey) => Rfc2898DeriveBytes.Pbkdf2(
        Encoding.UTF8.GetBytes(adminKey), "gateway store encryption"u8, Iterations, HashAlgorithmName.SHA256, EncryptionKeyRing.KeySize);

    private static partial class Log
    {
        [LoggerMessage(1120, LogLevel.Warning, "Store:EncryptionKeys is not set: secrets are sealed with a key derived from Admin:Key, and changing that one makes them unreadable. Set Store:EncryptionKeys.")]
        public static partial void DerivedFromAdminKey(ILogger logger);

        [LoggerMessage(1121, LogLevel.Warning, "Store:EncryptionKeys is not set: secrets are sealed with the key file in Store:Path, which other instances do not have. Set Store:EncryptionKeys.")]
        public static partial void KeyFileWithRedis(ILogger logger);
    }
}
