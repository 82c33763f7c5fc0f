using System.Diagnostics;
using System.Security.Cryptography;

namespace Gateway.Store.Encryption;

/// <summary>A key and the name that blobs know it by. The name is derived one way: it tells nothing of the key.</summary>
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

    /// <summary>A new cipher each time: instances may not be shared between threads.</summary>
    public AesGcm CreateCipher(int tagSize) => new(_sealing, tagSize);
}
