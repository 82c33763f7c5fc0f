using System.Security.Cryptography;

namespace Gateway.Store.Encryption;

/// <summary>The keys that secrets are sealed with. Immutable.</summary>
internal sealed class EncryptionKeyRing
{
    /// <summary>AES-256.</summary>
    public const int KeySize = 32;

    private readonly EncryptionKey[] _keys;

    /// <param name="keys">Each of <see cref="KeySize"/> bytes; the first seals, all open.</param>
    public EncryptionKeyRing(IEnumerable<byte[]> keys)
    {
        _keys = [.. keys.Select(static key => new EncryptionKey(key))];
        ArgumentOutOfRangeException.ThrowIfZero(_keys.Length, nameof(keys));
    }

    public EncryptionKey Active => _keys[0];

    /// <summary>The active one first.</summary>
    public IReadOnlyList<EncryptionKey> All => _keys;

    /// <summary>The key that sealed a blob; null when this process does not have it.</summary>
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

    /// <summary>False when the text is not the Base64 of a key of the right size.</summary>
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
