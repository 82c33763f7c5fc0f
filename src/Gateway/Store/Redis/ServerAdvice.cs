using Microsoft.Extensions.Options;

using StackExchange.Redis;

namespace Gateway.Store.Redis;

/// <summary>Warns of a Redis that may forget: connections are not a cache. A server need not tell; then it says that it could not ask.</summary>
internal sealed partial class ServerAdvice(IOptions<StoreOptions> options, ILogger<ServerAdvice> logger)
{
    public async Task GiveAsync(IConnectionMultiplexer multiplexer)
    {
        if (options.Value.IsEmbedded)
        {
            return;
        }

        foreach (var server in multiplexer.GetServers().Where(static server => server.IsConnected && !server.IsReplica))
        {
            Give(await ServerSettings.ReadAsync(server));
        }
    }

    private void Give(ServerSettings settings)
    {
        if (settings.Policy is null || settings.MaxMemory is null)
        {
            Log.EvictionUnknown(logger);
        }
        else if (settings.MayEvict)
        {
            Log.MayEvict(logger, settings.Policy, settings.MaxMemory.Value);
        }

        if (settings is { HasAppendOnlyFile: false, HasSnapshots: false })
        {
            Log.KeepsNothing(logger);
        }
        else if (settings.HasAppendOnlyFile is false)
        {
            Log.KeepsSnapshots(logger);
        }
        else if (settings.HasAppendOnlyFile is null)
        {
            Log.PersistenceUnknown(logger);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1111, LogLevel.Warning, "Redis may evict connections when its memory is full (maxmemory-policy {Policy}, maxmemory {MaxMemory}). Set it to noeviction.")]
        public static partial void MayEvict(ILogger logger, string policy, long maxMemory);

        [LoggerMessage(1112, LogLevel.Warning, "Redis has no append-only file: a crash of it loses the grants that were renewed since its last snapshot. Set appendonly yes.")]
        public static partial void KeepsSnapshots(ILogger logger);

        [LoggerMessage(1113, LogLevel.Warning, "Redis keeps nothing on disk, neither append-only file nor snapshots: a restart of it loses every connection. Set appendonly yes.")]
        public static partial void KeepsNothing(ILogger logger);

        [LoggerMessage(1114, LogLevel.Information, "Whether Redis may evict connections could not be checked: this user may not ask. Its maxmemory-policy must be noeviction.")]
        public static partial void EvictionUnknown(ILogger logger);

        [LoggerMessage(1115, LogLevel.Information, "Whether Redis keeps connections on disk could not be checked: this user may not ask. It must have an append-only file.")]
        public static partial void PersistenceUnknown(ILogger logger);
    }
}
