using System.Runtime.CompilerServices;

using Gateway.Model;
using Gateway.Store.Encryption;
using Gateway.Store.Records;

using StackExchange.Redis;

namespace Gateway.Store.Index;

/// <summary>The records of a page.</summary>
/// <param name="Records">Stored values in the byte order of their names; null where a name has no record (any more).</param>
/// <param name="IsLast">True when the provider has no further page.</param>
internal readonly record struct RecordPage(IReadOnlyList<(ConnectionId Id, RedisValue Stored)> Records, bool IsLast);

/// <summary>
/// The one walk over all records, page by page, in the byte order of providers and names: for key rotation and for the renewal sweep.
/// </summary>
internal sealed class RecordScanner(ConnectionListing listing, RecordStrings records, SecretProtector protector) : ISealedRecords
{
    private const int PageSize = 100;

    /// <param name="after">The last name of the page before; empty for the first page.</param>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public async ValueTask<RecordPage> ReadPageAsync(string provider, string after, CancellationToken cancellationToken)
    {
        var names = await listing.NamesAsync(provider, status: null, after, PageSize, cancellationToken);
        var ids = names.Select(name => new ConnectionId(provider, name)).ToList();
        return new RecordPage([.. ids.Zip(await records.ReadAsync(ids, cancellationToken))], names.Count < PageSize);
    }

    public async IAsyncEnumerable<IReadOnlyList<SealedRecord>> ReadPagesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var provider in await listing.ProvidersAsync(cancellationToken))
        {
            for (var after = ""; after is not null;)
            {
                var page = await ReadPageAsync(provider, after, cancellationToken);
                yield return [.. page.Records.Select(pair => Describe(pair.Id, pair.Stored)).OfType<SealedRecord>()];
                after = page.IsLast ? null : page.Records[^1].Id.Name;
            }
        }
    }

    // Null for nothing and for a tombstone.
    private SealedRecord? Describe(ConnectionId id, RedisValue stored)
    {
        try
        {
            return StoredRecord.Parse(stored) is { } record
                ? new SealedRecord(KeysOf(record.Body), cancellationToken => TryResealAsync(id, stored, record, cancellationToken))
                : null;
        }
        catch (StoreUnavailableException)
        {
            return new SealedRecord(Keys: null, static _ => new(false));
        }
    }

    private static List<string?> KeysOf(RecordBody body)
    {
        IEnumerable<byte[]> fields = body.SealedFields is { } named ? named.Values : [];
        IEnumerable<byte[]?> blobs = [.. fields, body.SealedRefreshToken, body.SealedToken, body.Intent?.SealedSpent];
        return [.. blobs.OfType<byte[]>().Select(static blob => SecretProtector.KeyOf(blob)).Distinct(StringComparer.Ordinal)];
    }

    // Changes nothing but the seals, so no instance has to be told.
    private ValueTask<bool> TryResealAsync(ConnectionId id, RedisValue stored, StoredRecord record, CancellationToken cancellationToken) =>
        records.TryReplaceAsync(id, stored, Reseal(id, record).ToBytes(), change: null, cancellationToken);

    private StoredRecord Reseal(ConnectionId id, StoredRecord stored)
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
