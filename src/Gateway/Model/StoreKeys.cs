namespace Gateway.Model;

/// <summary>Counts the store's encryption keys, for the admin API, which may not import the store.</summary>
/// <param name="count">Reads every record: for operators, not for a probe. Throws <see cref="StoreUnavailableException"/>.</param>
public sealed class StoreKeys(Func<CancellationToken, Task<IReadOnlyList<StoreKey>>> count)
{
    /// <summary>The configured keys, the active one first, then those that are missing.</summary>
    public Task<IReadOnlyList<StoreKey>> CountAsync(CancellationToken cancellationToken) => count(cancellationToken);
}
