namespace Gateway.Model;

/// <summary>
/// What is kept for a while and taken once, by whichever instance comes first: links to connect, and the states of consents under way.
/// Values are sealed before they leave the process. Every member throws <see cref="StoreUnavailableException"/> when the store can't answer.
/// </summary>
public interface IOneTimeStore
{
    /// <summary>Keeps a value; one that is there already is replaced.</summary>
    /// <param name="key">Derived from a secret one way, never the secret: keys are not sealed.</param>
    /// <param name="value">Any bytes.</param>
    /// <param name="lifetime">More than zero; afterwards the value is gone.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask PutAsync(string key, ReadOnlyMemory<byte> value, TimeSpan lifetime, CancellationToken cancellationToken);

    /// <summary>The value, which stays; null when there is none.</summary>
    ValueTask<byte[]?> PeekAsync(string key, CancellationToken cancellationToken);

    /// <summary>The value, removed in the same step: of any number of callers, one gets it. Null when there is none, or none any more.</summary>
    ValueTask<byte[]?> TakeAsync(string key, CancellationToken cancellationToken);
}
