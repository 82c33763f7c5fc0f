using System.Diagnostics;
using System.Security.Cryptography;

using Gateway.Model;

namespace Gateway.Store.Encryption;

/// <summary>Where a sealed secret belongs. A blob that is copied to another place does not open there.</summary>
/// <param name="Connection">The connection that the secret belongs to.</param>
/// <param name="Field">The secret's name within the connection.</param>
/// <param name="Generation">The generation of the record, so that an older blob of the same place does not open as the current one.</param>
internal readonly record struct SealBinding(ConnectionId Connection, string Field, long Generation);

/// <summary>
/// Seals secrets before they leave the process: AES-256-GCM with a random nonce. A blob is
/// <c>format (1) | key id (8) | nonce (12) | tag (16) | ciphertext</c>; format, key id and <see cref="SealBinding"/> are
/// associated data. One key may seal 2^32 blobs (NIST SP 800-38D section 8.3), which is thousands of years of refreshes.
/// </summary>
internal sealed class SecretProtector(EncryptionKeyRing keys)
{
    private const byte Format = 1;
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private const int NonceAt = 1 + EncryptionKey.IdSize;
    private const int TagAt = NonceAt + NonceSize;
    private const int BodyAt = TagAt + TagSize;

    public byte[] Seal(ReadOnlySpan<byte> plaintext, SealBinding binding)
    {
        var key = keys.Active;
        var blob = new byte[BodyAt + plaintext.Length];
        blob[0] = Format;
        key.Id.CopyTo(blob.AsSpan(1));
        RandomNumberGenerator.Fill(blob.AsSpan(NonceAt, NonceSize));
        using var cipher = key.CreateCipher(TagSize);
        cipher.Encrypt(
            blob.AsSpan(NonceAt, NonceSize), plaintext, blob.AsSpan(BodyAt), blob.AsSpan(TagAt, TagSize),
            Associate(blob.AsSpan(0, NonceAt), binding));
        return blob;
    }

    /// <summary>The name of the key that sealed a blob; null for bytes that are not a blob of this format.</summary>
    public static string? KeyOf(ReadOnlySpan<byte> blob) =>
        blob.Length < BodyAt || blob[0] != Format ? null : Convert.ToHexStringLower(blob[1..NonceAt]);

    /// <summary>
    /// False for a blob whose key is not in the ring. True for bytes that are not a blob: <see cref="Open"/> then reports the format.
    /// </summary>
    public bool HasKeyOf(ReadOnlySpan<byte> blob) => blob.Length < BodyAt || blob[0] != Format || keys.Find(blob[1..NonceAt]) is not null;

    /// <summary>Seals the same secret for the same place with the active key.</summary>
    /// <exception cref="StoreUnavailableException">The blob does not open.</exception>
    public byte[] Reseal(ReadOnlySpan<byte> blob, SealBinding binding)
    {
        var plaintext = Open(blob, binding);
        try
        {
            return Seal(plaintext, binding);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }

    /// <exception cref="StoreUnavailableException">The key is not in the ring, or the blob was changed or moved.</exception>
    public byte[] Open(ReadOnlySpan<byte> blob, SealBinding binding)
    {
        if (blob.Length < BodyAt || blob[0] != Format)
        {
            throw new StoreUnavailableException("A stored secret has a format that this version does not read.") { IsUnreadable = true };
        }

        var key = keys.Find(blob[1..NonceAt])
            ?? throw new StoreUnavailableException(
                $"A stored secret was sealed with key {KeyOf(blob)}, which is not among Store:EncryptionKeys.")
            { IsUnreadable = true };
        var plaintext = new byte[blob.Length - BodyAt];
        using var cipher = key.CreateCipher(TagSize);
        try
        {
            cipher.Decrypt(blob[NonceAt..TagAt], blob[BodyAt..], blob[TagAt..BodyAt], plaintext, Associate(blob[..NonceAt], binding));
        }
        catch (AuthenticationTagMismatchException e)
        {
            const string Moved = "A stored secret was changed or moved: it does not open where it lies.";
            throw new StoreUnavailableException(Moved, e) { IsUnreadable = true };
        }

        return plaintext;
    }

    // BinaryWriter puts each string's length in front of it, so that two different bindings never give the same bytes.
    private static byte[] Associate(ReadOnlySpan<byte> header, SealBinding binding)
    {
        using var buffer = new MemoryStream();
        using var writer = new BinaryWriter(buffer);
        writer.Write(header);
        writer.Write(binding.Connection.Provider);
        writer.Write(binding.Connection.Name);
        writer.Write(binding.Field);
        writer.Write(binding.Generation);
        writer.Flush();
        return buffer.ToArray();
    }
}

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
