namespace Gateway.Store;

/// <summary>The section <c>Store</c> of the configuration, validated with the rest of it.</summary>
public sealed class StoreOptions
{
    /// <summary>
    /// A StackExchange.Redis configuration string: <c>host:6379,password=…,ssl=true,sslHost=…</c>; several endpoints; <c>serviceName=</c>
    /// for Sentinel. Empty, the default, means the embedded server.
    /// </summary>
    public string Redis { get; set; } = "";

    /// <summary>
    /// The folder of the embedded server, the journal and the key file, relative to the working directory. Default <c>data</c>.
    /// </summary>
    public string Path { get; set; } = "data";

    /// <summary>
    /// Each the Base64 of 32 random bytes. The first one seals, all of them open: add a new key in front, and remove an old one when
    /// nothing is sealed with it. Empty, the default: the key file, or with Redis a key derived from <c>Admin:Key</c>.
    /// </summary>
    public string[] EncryptionKeys { get; set; } = [];

    /// <summary>
    /// A PEM file with the only certificate authorities to trust for TLS to Redis. Null, the default: those of the system.
    /// </summary>
    public string? CaFile { get; set; }

    /// <summary>
    /// <c>Admin:Key</c> as configured, from which a key is derived when <see cref="EncryptionKeys"/> is empty; empty when not configured.
    /// </summary>
    internal string AdminKey { get; set; } = "";

    internal bool IsEmbedded => string.IsNullOrWhiteSpace(Redis);
}
