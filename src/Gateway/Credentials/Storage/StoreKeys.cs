namespace Gateway.Credentials.Storage;

/// <summary>The keys of the store, for those who don't know the store.</summary>
/// <param name="count">Reads every record: for operators, not for a probe. Throws <see cref="StoreUnavailableException"/>.</param>
public sealed class StoreKeys(Func<CancellationToken, Task<IReadOnlyList<StoreKey>>> count)
{
    /// <summary>The configured ones, the active first, then those that are missing.</summary>
    public Task<IReadOnlyList<StoreKey>> CountAsync(CancellationToken cancellationToken) => count(cancellationToken);
}
