namespace Gateway.Store;

/// <summary>The section <c>Store</c> of the configuration.</summary>
public sealed class StoreOptions
{
    /// <summary>
    /// A StackExchange.Redis configuration string (<c>host:6379,password=…,ssl=true,sslHost=…</c>, several endpoints, <c>serviceName=</c>
    /// for Sentinel). Empty, the default: the embedded server.
    /// </summary>
    public string Redis { get; set; } = "";

    /// <summary>The folder of the embedded server's data and of the key file; relative to the working directory. Default <c>data</c>.</summary>
    public string Path { get; set; } = "data";

    /// <summary>
    /// Each the Base64 of 32 random bytes. The first seals, all of them open: a new key is put in front, an old one is taken away when
    /// nothing is sealed with it any more. Empty: a key file, or with Redis a key derived from <c>Admin:Key</c>.
    /// </summary>
    public string[] EncryptionKeys { get; set; } = [];

    /// <summary>A PEM file of certificate authorities to trust, besides no other, for TLS to Redis. Null: what the system trusts.</summary>
    public string? CaFile { get; set; }

    /// <summary><c>Admin:Key</c> as configured, to derive a key from when there is none of its own; empty when there is none.</summary>
    internal string AdminKey { get; set; } = "";

    internal bool IsEmbedded => string.IsNullOrWhiteSpace(Redis);
}
