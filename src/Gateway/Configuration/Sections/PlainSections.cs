using System.Security.Cryptography;

namespace Gateway.Configuration.Sections;

/// <summary>Checks the sections that other folders read: <c>Admin</c>, <c>Store</c>, <c>Connect</c>, <c>Forwarding</c> and <c>Secrets</c>.</summary>
internal static class PlainSections
{
    /// <summary>AES-256.</summary>
    private const int EncryptionKeyLength = 32;

    /// <summary>Random bytes have about thirty; fewer than this is a word or a pattern.</summary>
    private const int LeastDistinctBytes = 16;

    public static void Check(IConfiguration root, ConfigurationErrors errors)
    {
        CheckAdmin(new SectionReader(root.GetSection("Admin"), errors));
        CheckStore(new SectionReader(root.GetSection("Store"), errors));
        CheckConnect(new SectionReader(root.GetSection("Connect"), errors));
        CheckForwarding(new SectionReader(root.GetSection("Forwarding"), errors));
        CheckSecrets(new SectionReader(root.GetSection("Secrets"), errors));
    }

    private static void CheckAdmin(SectionReader admin)
    {
        if (admin.Text("Key")?.Any(static c => c is <= ' ' or > '~') == true)
        {
            admin.Errors.Add(admin.KeyOf("Key"), "the value is not printable ASCII without spaces, so no header can carry it");
        }

        admin.RefuseUnknownKeys();
    }

    private static void CheckForwarding(SectionReader forwarding)
    {
        if (forwarding.Text("ReplayMemory") is { } bytes && !(long.TryParse(bytes, out var limit) && limit >= 0))
        {
            forwarding.Errors.Add(forwarding.KeyOf("ReplayMemory"), $"'{bytes}' is not a whole number of bytes, 0 or more");
        }

        forwarding.RefuseUnknownKeys();
    }

    private static void CheckStore(SectionReader store)
    {
        _ = store.Text("Redis");
        _ = store.Text("Path");
        var keys = store.List("EncryptionKeys");
        for (var i = 0; i < keys.Count; i++)
        {
            if (!string.IsNullOrWhiteSpace(keys[i]) && !IsEncryptionKey(keys[i]))
            {
                store.Errors.Add($"{store.KeyOf("EncryptionKeys")}:{i}", "the value is not 32 random bytes in Base64 (openssl rand -base64 32)");
            }
        }

        store.RefuseUnknownKeys();
    }

    private static bool IsEncryptionKey(string text)
    {
        var bytes = new byte[EncryptionKeyLength];
        var fits = Convert.TryFromBase64String(text, bytes, out var length)
            && length == EncryptionKeyLength
            && bytes.Distinct().Count() >= LeastDistinctBytes;
        CryptographicOperations.ZeroMemory(bytes);
        return fits;
    }

    private static void CheckConnect(SectionReader connect)
    {
        _ = connect.Address("PublicUrl");
        connect.RefuseUnknownKeys();
    }

    private static void CheckSecrets(SectionReader secrets)
    {
        _ = secrets.Text("Directory");
        secrets.RefuseUnknownKeys();
    }
}
