namespace Gateway.Model;

/// <summary>
/// Values that are kept for a while and taken once, by the first instance that asks: links to connect, and states of pending consents.
/// Values are sealed before they leave the process. Every member throws <see cref="StoreUnavailableException"/> if the store can't answer.
/// </summary>
public interface IOneTimeStore
{
    /// <summary>Keeps or replaces a value. The key is derived from a secret one way, never the secret: keys are not sealed.</summary>
    ValueTask PutAsync(string key, ReadOnlyMemory<byte> value, TimeSpan lifetime, CancellationToken cancellationToken);

    /// <summary>The value, which stays; null when there is none.</summary>
    ValueTask<byte[]?> PeekAsync(string key, CancellationToken cancellationToken);

    /// <summary>The value, removed in the same step: of any number of callers, one gets it. Null when there is none.</summary>
    ValueTask<byte[]?> TakeAsync(string key, CancellationToken cancellationToken);
}
