using System.ComponentModel;

namespace Gateway.Model;

/// <summary>Counts the store's encryption keys, for the admin API, which may not import the store.</summary>
/// <param name="count">Reads every record: for operators, not for a probe. Throws <see cref="StoreUnavailableException"/>.</param>
public sealed class StoreKeys(Func<CancellationToken, Task<IReadOnlyList<StoreKey>>> count)
{
    /// <summary>The configured keys, the active one first, then those that are missing.</summary>
    public Task<IReadOnlyList<StoreKey>> CountAsync(CancellationToken cancellationToken) => count(cancellationToken);
}

/// <summary>An encryption key of the store; <c>Id</c> is 16 hexadecimal digits that reveal nothing of the key.</summary>
[Description("An encryption key of the store, by a name that tells nothing of it.")]
public sealed record StoreKey(
    string Id,
    [property: Description("It seals what is written now.")] bool Active,
    [property: Description("False when connections need it and Store:EncryptionKeys lacks it: those are unavailable.")] bool Configured,
    [property: Description("Connections that need it. A key that is not active and has none may be removed.")] long Records);
