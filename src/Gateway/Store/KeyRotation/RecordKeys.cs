using Gateway.Model;
using Gateway.Store.Encryption;
using Gateway.Store.Records;

namespace Gateway.Store.KeyRotation;

/// <summary>Which keys sealed a record, and the same record sealed with the active one.</summary>
internal sealed class RecordKeys(SecretProtector protector)
{
    /// <summary>Each key once; null among them for a blob that this version does not read.</summary>
    public static IReadOnlyList<string?> Of(RecordBody body)
    {
        IEnumerable<byte[]> fields = body.SealedFields is { } named ? named.Values : [];
        IEnumerable<byte[]?> blobs = [.. fields, body.SealedRefreshToken, body.SealedToken, body.Intent?.SealedSpent];
        return [.. blobs.OfType<byte[]>().Select(static blob => SecretProtector.KeyOf(blob)).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>Generation, fence and everything else stay: nobody who reads it sees a difference.</summary>
    /// <exception cref="StoreUnavailableException">A secret of it does not open.</exception>
    public StoredRecord Reseal(ConnectionId id, StoredRecord stored)
    {
        var body = stored.Body;
        return stored with
        {
            Body = body with
            {
                SealedRefreshToken = Reseal(body.SealedRefreshToken, new(id, ConnectionSealer.RefreshToken, stored.Generation)),
                Intent = body.Intent is { } intent
                    ? intent with { SealedSpent = Reseal(intent.SealedSpent, new(id, ConnectionSealer.Intent, stored.Generation)) }
                    : null,
                SealedToken = Reseal(body.SealedToken, new(id, ConnectionSealer.AccessToken, stored.Generation)),
                SealedFields = body.SealedFields?.ToDictionary(
                    static field => field.Key,
                    field => protector.Reseal(field.Value, new(id, ConnectionSealer.FieldPrefix + field.Key, stored.Generation)),
                    StringComparer.Ordinal),
            },
        };
    }

    private byte[]? Reseal(byte[]? blob, SealBinding binding) => blob is null ? null : protector.Reseal(blob, binding);
}
