using System.ComponentModel;

using Gateway.Model;

namespace Gateway.Admin;

/// <summary>An encryption key by its name.</summary>
/// <param name="Id">16 hexadecimal digits that tell nothing of the key.</param>
/// <param name="Active">It seals what is written now.</param>
/// <param name="Configured">False when connections need it and it is missing.</param>
/// <param name="Records">Connections that need it.</param>
[Description("An encryption key of the store, by a name that tells nothing of it.")]
internal sealed record StoreKeyView(
    string Id,
    [property: Description("It seals what is written now.")] bool Active,
    [property: Description("False when connections need it and it is not among Store:EncryptionKeys: those are unavailable.")] bool Configured,
    [property: Description("Connections that need it. A key that is not active and has none may be taken out of the configuration.")] long Records)
{
    public static StoreKeyView From(StoreKey key) => new(key.Id, key.IsActive, key.IsConfigured, key.Records);
}
