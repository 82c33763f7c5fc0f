using Gateway.Model;
using Gateway.Store.Index;
using Gateway.Store.Records;

using StackExchange.Redis;

namespace Gateway.Store;

/// <summary>
/// Notices that the server went back in time, which a failover does to writes that were not replicated yet: what is read is older than
/// what this process knows. Then the newer record is written back, before any instance spends the older grant a second time.
/// </summary>
/// <remarks>
/// A removal and a replacement that came after the failover stand, even when what is known here has a higher generation. A removal that
/// was itself lost can't be told from a record that was never removed: such a connection comes back, and is to be removed again.
/// </remarks>
internal sealed partial class FailoverRepair(
    RecordStrings records, ConnectionSealer sealer, ConnectionIndex index, IKnownConnections known, ILogger<FailoverRepair> logger)
{
    private const int Rounds = 4;

    // Where neither record nor tombstone is, the connection may have been removed as long ago as tombstones last: older knowledge is no
    // proof.
    private static readonly TimeSpan Trusted = RedisKeys.Memory - TimeSpan.FromHours(1);

    /// <returns>What is stored in the end: what was read, unless that was old.</returns>
    /// <exception cref="StoreUnavailableException">It was old, and can't be corrected now.</exception>
    public ValueTask<Connection?> RecoverAsync(ConnectionId id, Connection? read, CancellationToken cancellationToken) =>
        known.Find(id, Trusted) is { } newest && IsNewer(newest, read) ? WriteBackAsync(newest, cancellationToken) : new(read);

    private static bool IsNewer(Connection newest, Connection? stored) =>
        newest.Generation > (stored?.Generation ?? 0) && !(stored?.ConnectedAt > (newest.ConnectedAt ?? DateTimeOffset.MinValue));

    private async ValueTask<Connection?> WriteBackAsync(Connection newest, CancellationToken cancellationToken)
    {
        for (var round = 0; round < Rounds; round++)
        {
            var read = await records.ReadAsync(newest.Id, cancellationToken);
            var stored = await sealer.OpenAsync(newest.Id, read, cancellationToken);

            // Nothing but a tombstone: removed. Newer than it looked: written meanwhile, or what is known here was not stored before.
            if ((stored is null && !read.IsNull) || !IsNewer(newest, stored))
            {
                return stored;
            }

            // The stored fence may be newer: the lease that it belongs to stays valid.
            newest = newest with { Fence = Math.Max(newest.Fence, stored?.Fence ?? 0) };
            if (read.IsNull)
            {
                // Perhaps the server lost everything, also that the provider has connections.
                await index.EnterAsync(newest.Id, cancellationToken);
            }

            RedisValue next = (await sealer.SealAsync(newest, cancellationToken)).ToBytes();
            if (await records.TryReplaceAsync(newest.Id, read, next, new(newest.Id, newest.Generation), cancellationToken))
            {
                Log.WrittenBack(logger, newest.Id.Provider, newest.Id.Name, newest.Generation, stored?.Generation ?? 0);
                await index.FollowAsync(newest.Id, next);
                return newest;
            }
        }

        throw new StoreUnavailableException("The store lost a write, and others write too fast to give it back.");
    }

    private static partial class Log
    {
        [LoggerMessage(1130, LogLevel.Warning,
            "Redis had lost generation {Generation} of connection {Provider}/{Connection} and held {Stored}: it was written back. A " +
            "failover does that; see min-replicas-to-write.")]
        public static partial void WrittenBack(ILogger logger, string provider, string connection, long generation, long stored);
    }
}
