using System.Runtime.CompilerServices;

using Gateway.Model;
using Gateway.Store.Encryption;
using Gateway.Store.Listing;
using Gateway.Store.Records;

using StackExchange.Redis;

namespace Gateway.Store.KeyRotation;

/// <summary>
/// Looks at every record, page by page: counts by key, and seals anew what an older key sealed. It keeps no place: whoever begins again
/// after a crash finds what is done done. A record that somebody writes meanwhile is left to the next walk, as the writer has sealed it.
/// </summary>
internal sealed class RecordScanner(
    ConnectionListing listing, RecordStrings records, RecordKeys keys, EncryptionKeyRing ring, TimeProvider clock)
{
    private const int PageSize = 100;

    // Between two pages of a walk in the background: 100 000 records take some minutes, and nobody else notices.
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(100);

    /// <summary>How each key is used now, without changing anything.</summary>
    public async Task<KeyUse> CountAsync(CancellationToken cancellationToken)
    {
        var use = new KeyUse(ring);
        await foreach (var (_, read) in AllAsync(cancellationToken))
        {
            if (Look(read, use) is { } outdated)
            {
                use.Count(RecordKeys.Of(outdated.Body));
            }
        }

        return use;
    }

    /// <param name="goOnAsync">Asked before each page after the first; false ends the walk.</param>
    /// <param name="cancellationToken">Ends the walk.</param>
    /// <returns>Null when it was ended before the last page.</returns>
    public async Task<KeyUse?> ResealAsync(Func<Task<bool>> goOnAsync, CancellationToken cancellationToken)
    {
        var use = new KeyUse(ring);
        var seen = 0;
        await foreach (var (id, read) in AllAsync(cancellationToken))
        {
            if (++seen % PageSize == 0)
            {
                await Task.Delay(Breath, clock, cancellationToken);
                if (!await goOnAsync())
                {
                    return null;
                }
            }

            if (Look(read, use) is { } outdated)
            {
                await ResealAsync(id, read, outdated, use, cancellationToken);
            }
        }

        return use;
    }

    private async IAsyncEnumerable<(ConnectionId Id, RedisValue Read)> AllAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var provider in await listing.ProvidersAsync(cancellationToken))
        {
            for (var after = ""; after is not null;)
            {
                var names = await listing.NamesAsync(provider, null, after, PageSize, cancellationToken);
                var ids = names.Select(name => new ConnectionId(provider, name)).ToList();
                foreach (var pair in ids.Zip(await records.ReadAsync(ids, cancellationToken)))
                {
                    yield return pair;
                }

                after = names.Count == PageSize ? names[^1] : null;
            }
        }
    }

    // The record, when it can and should be sealed anew; else it is counted as it is.
    private static StoredRecord? Look(RedisValue read, KeyUse use)
    {
        try
        {
            if (StoredRecord.Parse(read) is not { } record)
            {
                return null;
            }

            var needed = RecordKeys.Of(record.Body);
            if (!use.IsUpToDate(needed) && use.CanOpen(needed))
            {
                return record;
            }

            use.Count(needed);
        }
        catch (StoreUnavailableException)
        {
            use.CountUnreadable();
        }

        return null;
    }

    private async Task ResealAsync(ConnectionId id, RedisValue read, StoredRecord record, KeyUse use, CancellationToken cancellationToken)
    {
        RedisValue next;
        try
        {
            next = keys.Reseal(id, record).ToBytes();
        }
        catch (StoreUnavailableException)
        {
            use.Count(RecordKeys.Of(record.Body));
            use.CountUnreadable();
            return;
        }

        if (await records.TryReplaceAsync(id, read, next, change: null, cancellationToken))
        {
            use.CountResealed();
        }
        else
        {
            use.Count(RecordKeys.Of(record.Body));
        }
    }
}
