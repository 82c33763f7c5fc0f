using System.Diagnostics;
using System.Security.Cryptography;

namespace Gateway.Store.Encryption;

/// <summary>The keys that secrets are sealed with. Immutable.</summary>
internal sealed class EncryptionKeyRing
{
    /// <summary>Bytes of a key: AES-256.</summary>
    public const int KeySize = 32;

    private readonly EncryptionKey[] _keys;

    /// <param name="keys">Each of <see cref="KeySize"/> bytes. The first one seals, all of them open.</param>
    public EncryptionKeyRing(IEnumerable<byte[]> keys)
    {
        _keys = [.. keys.Select(static key => new EncryptionKey(key))];
        ArgumentOutOfRangeException.ThrowIfZero(_keys.Length, nameof(keys));
    }

    public EncryptionKey Active => _keys[0];

    /// <summary>All keys, the active one first.</summary>
    public IReadOnlyList<EncryptionKey> All => _keys;

    /// <summary>The key with this id; null when it is not in the ring.</summary>
    public EncryptionKey? Find(ReadOnlySpan<byte> id)
    {
        foreach (var key in _keys)
        {
            if (key.Id.SequenceEqual(id))
            {
                return key;
            }
        }

        return null;
    }

    /// <summary>False when the text is not the Base64 of <see cref="KeySize"/> bytes.</summary>
    public static bool TryParse(string text, out byte[] key)
    {
        key = new byte[KeySize];
        Span<byte> decoded = stackalloc byte[KeySize + 4];
        if (!Convert.TryFromBase64String(text.Trim(), decoded, out var length) || length != KeySize)
        {
            return false;
        }

        decoded[..KeySize].CopyTo(key);
        CryptographicOperations.ZeroMemory(decoded);
        return true;
    }
}

/// <summary>A key and its name in blobs. The name is derived from the key one way and reveals nothing of it.</summary>
[DebuggerDisplay("***")]
internal sealed class EncryptionKey
{
    public const int IdSize = 8;

    private readonly byte[] _id;
    private readonly byte[] _sealing;

    public EncryptionKey(byte[] secret)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(secret.Length, EncryptionKeyRing.KeySize, nameof(secret));
        _id = HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, IdSize, info: "gateway store key id"u8.ToArray());
        _sealing = HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, EncryptionKeyRing.KeySize, info: "gateway store sealing"u8.ToArray());
    }

    public ReadOnlySpan<byte> Id => _id;

    /// <summary>The name as operators see it: 16 hexadecimal digits.</summary>
    public string Name => Convert.ToHexStringLower(_id);

    /// <summary>Creates a new cipher for each use: an <see cref="AesGcm"/> may not be shared between threads.</summary>
    public AesGcm CreateCipher(int tagSize) => new(_sealing, tagSize);
}
