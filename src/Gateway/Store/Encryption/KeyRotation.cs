using System.Diagnostics.Metrics;
using System.Security.Cryptography;

using Gateway.Model;
using Gateway.Observability;
using Gateway.Store.Redis;

using StackExchange.Redis;

namespace Gateway.Store.Encryption;

/// <summary>
/// All stored records, as key rotation needs them. Implemented by the index: records are built on encryption, so the arrow is turned round
/// here.
/// </summary>
internal interface ISealedRecords
{
    /// <summary>Every record, a page at a time.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    IAsyncEnumerable<IReadOnlyList<SealedRecord>> ReadPagesAsync(CancellationToken cancellationToken);
}

/// <summary>One stored record.</summary>
/// <param name="Keys">
/// The names of the keys that sealed its secrets, each once; null among them for a secret in another format. Null as a whole when the value
/// is not a record.
/// </param>
/// <param name="TryResealAsync">
/// Seals its secrets with the active key. False when the record was written since it was read: the writer has sealed it anew. Throws
/// <see cref="StoreUnavailableException"/> with <see cref="StoreUnavailableException.IsUnreadable"/> when a secret does not open.
/// </param>
internal sealed record SealedRecord(IReadOnlyList<string?>? Keys, Func<CancellationToken, ValueTask<bool>> TryResealAsync);

/// <summary>
/// Seals records of older keys with the active key, in the background, on one instance at a time, and reports which keys are in use, which
/// may be retired and which are missing. Runs once the store is ready, then each hour: an instance that does not have the new key yet may
/// have written with the old one since. It keeps no position: a walk that starts again finds its earlier work done.
/// </summary>
internal sealed partial class KeyRotator(
    ISealedRecords records, EncryptionKeyRing ring, RotationLease lease, StoreReadiness readiness, TimeProvider clock,
    ILogger<KeyRotator> logger)
    : BackgroundService
{
    private static readonly TimeSpan PauseWhenDone = TimeSpan.FromHours(1);
    private static readonly TimeSpan PauseWhenLeft = TimeSpan.FromSeconds(10);

    // Shorter than an hour, because operators are then at work on the missing key.
    private static readonly TimeSpan PauseWhenMissing = TimeSpan.FromMinutes(5);

    // Short, so that an instance that was started with wrong keys reports it during its start.
    private static readonly TimeSpan PauseWhenNotReady = TimeSpan.FromSeconds(1);

    // Keeps the load on the store low: 100 000 records take some minutes.
    private static readonly TimeSpan PauseBetweenPages = TimeSpan.FromMilliseconds(100);

    // Written by the loop, read by scrapes and health checks; immutable once it is here. Null until this instance has finished a walk.
    private volatile KeyUse? _use;

    /// <summary>True when the last walk found connections that no key of this instance opens.</summary>
    public bool IsKeyMissing => _use is { Unknown: > 0 };

    /// <summary>Walks once and seals. False when another instance is walking, or the store became unavailable.</summary>
    public async Task<bool> TryWalkAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (!await lease.TryTakeAsync(cancellationToken))
            {
                return false;
            }

            var use = await ResealAsync(() => lease.RenewAsync(cancellationToken), cancellationToken);
            await lease.ReleaseAsync(cancellationToken);
            if (use is not null)
            {
                Report(use);
            }

            return use is not null;
        }
        catch (StoreUnavailableException e)
        {
            Log.Interrupted(logger, e.Message);
            return false;
        }
    }

    /// <param name="mayContinueAsync">Asked before each page after the first; false ends the walk.</param>
    /// <returns>Null when the walk ended before the last page.</returns>
    internal async Task<KeyUse?> ResealAsync(Func<ValueTask<bool>> mayContinueAsync, CancellationToken cancellationToken)
    {
        var use = new KeyUse(ring);
        var isFirst = true;
        await foreach (var page in records.ReadPagesAsync(cancellationToken))
        {
            if (!isFirst)
            {
                await Task.Delay(PauseBetweenPages, clock, cancellationToken);
                if (!await mayContinueAsync())
                {
                    return null;
                }
            }

            isFirst = false;
            foreach (var record in page)
            {
                await ResealAsync(record, use, cancellationToken);
            }
        }

        return use;
    }

    /// <summary>
    /// Counts how many records each key has sealed, without changing any: the ring's keys in its order, then keys that are missing.
    /// </summary>
    public async Task<IReadOnlyList<StoreKey>> CountAsync(CancellationToken cancellationToken)
    {
        var use = new KeyUse(ring);
        await foreach (var page in records.ReadPagesAsync(cancellationToken))
        {
            foreach (var record in page)
            {
                use.Count(record.Keys);
            }
        }

        return use.Keys;
    }

    /// <summary>The last walk of this instance, for a gauge.</summary>
    public IEnumerable<Measurement<long>> Observe()
    {
        if (_use is { } use)
        {
            yield return new(use.Active, new KeyValuePair<string, object?>(GatewayTags.Key, "active"));
            yield return new(use.Old, new KeyValuePair<string, object?>(GatewayTags.Key, "old"));
            yield return new(use.Unknown, new KeyValuePair<string, object?>(GatewayTags.Key, "unknown"));
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            // Jittered, so that the instances of an installation do not start a walk at the same moment.
            var pause = PauseAfter(await TryStepAsync(stoppingToken));
            await Task.Delay(pause * (0.8 + (0.4 * Random.Shared.NextDouble())), clock, stoppingToken);
        }
    }

    private TimeSpan PauseAfter(bool isDone) =>
        !readiness.HasBeenReady ? PauseWhenNotReady
        : !isDone ? PauseWhenLeft
        : IsKeyMissing ? PauseWhenMissing
        : PauseWhenDone;

    // True when no record is left to seal. A defect is logged and does not end the process.
    private async Task<bool> TryStepAsync(CancellationToken stoppingToken)
    {
        try
        {
            return readiness.HasBeenReady && await TryWalkAsync(stoppingToken) && _use is { Old: 0 };
        }
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            Log.Crashed(logger, e);
            return false;
        }
    }

    private static async ValueTask ResealAsync(SealedRecord record, KeyUse use, CancellationToken cancellationToken)
    {
        try
        {
            if (use.NeedsReseal(record.Keys) && await record.TryResealAsync(cancellationToken))
            {
                use.CountResealed();
                return;
            }
        }
        catch (StoreUnavailableException e) when (e.IsUnreadable)
        {
            use.CountUnreadable();
        }

        use.Count(record.Keys);
    }

    private void Report(KeyUse use)
    {
        _use = use;
        if (use.Resealed > 0)
        {
            Log.Resealed(logger, use.Resealed, use.Keys[0].Id, use.Old);
        }

        foreach (var key in use.Keys.Where(static key => !key.Active))
        {
            if (!key.Configured)
            {
                Log.KeyMissing(logger, key.Records, key.Id);
            }
            else if (key.Records == 0)
            {
                Log.KeyUnused(logger, key.Id);
            }
        }

        if (use.Unreadable > 0)
        {
            Log.Unreadable(logger, use.Unreadable);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1150, LogLevel.Information, "Sealed {Count} connections with key {Key}; {Left} are still sealed with older keys.")]
        public static partial void Resealed(ILogger logger, long count, string key, long left);

        [LoggerMessage(1151, LogLevel.Error,
            "{Count} connections are sealed with key {Key}, which is not in Store:EncryptionKeys. They are unavailable until it is " +
            "added again, behind the others.")]
        public static partial void KeyMissing(ILogger logger, long count, string key);

        [LoggerMessage(1152, LogLevel.Information,
            "No connection is sealed with key {Key}: it may be removed from Store:EncryptionKeys once every instance has the active key.")]
        public static partial void KeyUnused(ILogger logger, string key);

        [LoggerMessage(1153, LogLevel.Error,
            "{Count} connections can't be read: the stored record was changed, moved, or written by a newer version.")]
        public static partial void Unreadable(ILogger logger, long count);

        [LoggerMessage(1154, LogLevel.Debug, "Key rotation was interrupted and will start again: {Reason}")]
        public static partial void Interrupted(ILogger logger, string reason);

        [LoggerMessage(1155, LogLevel.Error, "Key rotation failed unexpectedly and will start again.")]
        public static partial void Crashed(ILogger logger, Exception exception);
    }
}

/// <summary>How many records each key has sealed. Filled by one walk, then only read.</summary>
internal sealed class KeyUse(EncryptionKeyRing ring)
{
    private readonly Dictionary<string, long> _records =
        ring.All.ToDictionary(static key => key.Name, static _ => 0L, StringComparer.Ordinal);

    /// <summary>Records that this walk sealed with the active key.</summary>
    public long Resealed { get; private set; }

    /// <summary>Values that are not records, and records whose secrets do not open with the keys that they name.</summary>
    public long Unreadable { get; private set; }

    public long Active => _records[ring.Active.Name];

    /// <summary>Records with a secret that is sealed with a key of the ring other than the active one.</summary>
    public long Old => ring.All.Skip(1).Sum(key => _records[key.Name]);

    /// <summary>Records with a secret that is sealed with a key that is not in the ring.</summary>
    public long Unknown => _records.Where(pair => !IsConfigured(pair.Key)).Sum(static pair => pair.Value);

    /// <summary>The ring's keys in its order, then keys that are missing.</summary>
    public IReadOnlyList<StoreKey> Keys =>
    [
        .. ring.All.Select(key => new StoreKey(key.Name, key == ring.Active, Configured: true, _records[key.Name])),
        .. _records.Where(pair => !IsConfigured(pair.Key))
            .Select(static pair => new StoreKey(pair.Key, Active: false, Configured: false, pair.Value)),
    ];

    /// <summary>True when a secret is sealed with an older key, and every key that the record needs is in the ring.</summary>
    public bool NeedsReseal(IReadOnlyList<string?>? keys) =>
        keys is not null && keys.Any(key => key != ring.Active.Name) && keys.All(key => key is not null && IsConfigured(key));

    public void Count(IReadOnlyList<string?>? keys)
    {
        foreach (var key in (keys ?? []).OfType<string>())
        {
            _records[key] = _records.GetValueOrDefault(key) + 1;
        }

        if (keys is null || keys.Any(static key => key is null))
        {
            Unreadable++;
        }
    }

    public void CountResealed()
    {
        Resealed++;
        _records[ring.Active.Name]++;
    }

    public void CountUnreadable() => Unreadable++;

    private bool IsConfigured(string name) => ring.All.Any(key => key.Name == name);
}

/// <summary>
/// A lease on key rotation. It only saves work: two instances that walk at once do the same work twice, with the same result.
/// </summary>
internal sealed class RotationLease(RedisCalls calls)
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(30);

    private readonly RedisValue _owner = RandomNumberGenerator.GetHexString(32, lowercase: true);

    public ValueTask<bool> TryTakeAsync(CancellationToken cancellationToken) => calls.RunAsync(
        "lease", db => db.LockTakeAsync(RedisKeys.Rewrapping, _owner, Length), cancellationToken, static taken => !taken);

    public ValueTask<bool> RenewAsync(CancellationToken cancellationToken) => calls.RunAsync(
        "renew", db => db.LockExtendAsync(RedisKeys.Rewrapping, _owner, Length), cancellationToken, static held => !held);

    public ValueTask<bool> ReleaseAsync(CancellationToken cancellationToken) => calls.RunAsync(
        "release", db => db.LockReleaseAsync(RedisKeys.Rewrapping, _owner), cancellationToken, static held => !held);
}
