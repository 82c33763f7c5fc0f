using System.Security.Cryptography;

using Gateway.Store.Encryption;
using Gateway.Store.Redis;

namespace Gateway.Configuration.Sections;

/// <summary>Checks <c>Store</c>, so that its errors come with all the others.</summary>
internal static class StoreSection
{
    /// <summary>Random bytes have about thirty; fewer than this is a word or a pattern.</summary>
    private const int LeastDistinctBytes = 16;

    public static void Check(SectionReader store)
    {
        if (store.Text("Redis") is { } redis && !RedisConfiguration.TryParse(redis, out _))
        {
            store.Errors.Add(store.KeyOf("Redis"), "the value is not a StackExchange.Redis configuration like host:6379,password=…");
        }

        if (store.IsEmpty("Path"))
        {
            store.Errors.Add(store.KeyOf("Path"), "missing");
        }

        if (store.Text("CaFile") is { } file && !File.Exists(file))
        {
            store.Errors.Add(store.KeyOf("CaFile"), file, "is not a file");
        }

        CheckKeys(store);
        store.RefuseUnknownKeys();
    }

    private static void CheckKeys(SectionReader store)
    {
        var keys = store.List("EncryptionKeys");
        for (var i = 0; i < keys.Count; i++)
        {
            if (!string.IsNullOrWhiteSpace(keys[i]) && !IsEncryptionKey(keys[i]))
            {
                store.Errors.Add($"{store.KeyOf("EncryptionKeys")}:{i}", "the value is not 32 random bytes in Base64 (openssl rand -base64 32)");
            }
        }
    }

    private static bool IsEncryptionKey(string text)
    {
        var isRandom = EncryptionKeyRing.TryParse(text, out var key) && key.Distinct().Count() >= LeastDistinctBytes;
        CryptographicOperations.ZeroMemory(key);
        return isRandom;
    }
}
