using System.Security.Cryptography;

using Gateway.Configuration.Reading;
using Gateway.Store.Encryption;
using Gateway.Store.Redis;

namespace Gateway.Configuration.Sections;

/// <summary>Checks <c>Store</c>. The store binds the section to its options and relies on these rules.</summary>
internal static class StoreSection
{
    /// <summary>32 random bytes have about thirty distinct ones; fewer than this is a word or a pattern.</summary>
    private const int MinDistinctKeyBytes = 16;

    public static void Check(SectionReader store)
    {
        if (store.GetText("Redis") is { } redis && !RedisConfiguration.TryParse(redis, out _))
        {
            store.Refuse("Redis", redis, "is not a StackExchange.Redis configuration like host:6379,password=…");
        }

        if (store.IsEmpty("Path") || (store.GetText("Path") is { } path && string.IsNullOrWhiteSpace(path)))
        {
            store.Refuse("Path", "missing");
        }

        if (store.GetText("CaFile") is { } file && FindCertificateError(file) is { } rule)
        {
            store.Refuse("CaFile", file, rule);
        }

        _ = store.GetList("EncryptionKeys", IsEncryptionKey, "is not 32 random bytes in Base64 (openssl rand -base64 32)");
        store.RefuseUnknownKeys();
    }

    private static string? FindCertificateError(string file)
    {
        if (!File.Exists(file))
        {
            return "is not a file";
        }

        try
        {
            return RedisConfiguration.ReadAuthorities(file).Count > 0 ? null : "has no certificate in PEM format";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return "is not a readable file of certificates in PEM format";
        }
    }

    private static bool IsEncryptionKey(string text)
    {
        var isRandom = EncryptionKeyRing.TryParse(text, out var key) && key.Distinct().Count() >= MinDistinctKeyBytes;
        CryptographicOperations.ZeroMemory(key);
        return isRandom;
    }
}
