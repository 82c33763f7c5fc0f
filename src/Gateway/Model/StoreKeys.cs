namespace Gateway.Model;

/// <summary>Counts the store's encryption keys, for the admin API, which may not import the store.</summary>
/// <param name="count">Reads every record: for operators, not for a probe. Throws <see cref="StoreUnavailableException"/>.</param>
public sealed class StoreKeys(Func<CancellationToken, Task<IReadOnlyList<StoreKey>>> count)
{
    /// <summary>The configured keys, the active one first, then those that are missing.</summary>
    public Task<IReadOnlyList<StoreKey>> CountAsync(CancellationToken cancellationToken) => count(cancellationToken);
}

/// <summary>An encryption key by its name, and how much depends on it.</summary>
/// <param name="Id">16 hexadecimal digits that tell nothing of the key.</param>
/// <param name="IsActive">It seals what is written now.</param>
/// <param name="IsConfigured">False when connections need it and it is not among <c>Store:EncryptionKeys</c>: these are unavailable.</param>
/// <param name="Records">Connections that hold a secret sealed with it. At 0, and not active, it may be taken out of the configuration.</param>
public sealed record StoreKey(string Id, bool IsActive, bool IsConfigured, long Records);
