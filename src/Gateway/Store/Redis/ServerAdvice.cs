using System.Globalization;

using StackExchange.Redis;

namespace Gateway.Store.Redis;

/// <summary>
/// Warns of a server that may lose connections: by eviction, or because it does not persist them. Logs when the server does not tell.
/// </summary>
internal sealed partial class ServerAdvice(ILogger<ServerAdvice> logger)
{
    public async Task CheckAsync(IConnectionMultiplexer multiplexer)
    {
        foreach (var server in multiplexer.GetServers().Where(static server => server.IsConnected && !server.IsReplica))
        {
            Warn(await ServerSettings.ReadAsync(server));
        }
    }

    private void Warn(ServerSettings settings)
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
        [LoggerMessage(1111, LogLevel.Warning,
            "Redis may evict connections when its memory is full (maxmemory-policy {Policy}, maxmemory {MaxMemory}). Set " +
            "maxmemory-policy noeviction.")]
        public static partial void MayEvict(ILogger logger, string policy, long maxMemory);

        [LoggerMessage(1112, LogLevel.Warning,
            "Redis has no append-only file: a crash loses the grants that were renewed since its last snapshot. Set appendonly yes.")]
        public static partial void KeepsSnapshots(ILogger logger);

        [LoggerMessage(1113, LogLevel.Warning,
            "Redis keeps nothing on disk, neither append-only file nor snapshots: a restart loses every connection. Set appendonly yes.")]
        public static partial void KeepsNothing(ILogger logger);

        [LoggerMessage(1114, LogLevel.Information,
            "Whether Redis may evict connections could not be checked: this user may not ask. Its maxmemory-policy must be noeviction.")]
        public static partial void EvictionUnknown(ILogger logger);

        [LoggerMessage(1115, LogLevel.Information,
            "Whether Redis keeps connections on disk could not be checked: this user may not ask. It must have an append-only file.")]
        public static partial void PersistenceUnknown(ILogger logger);
    }
}

/// <summary>The settings that decide what a server keeps. Null where the server does not tell.</summary>
/// <param name="Policy"><c>maxmemory-policy</c>.</param>
/// <param name="MaxMemory">Bytes; 0 for no limit.</param>
/// <param name="HasAppendOnlyFile">Whether each write is appended to a file.</param>
/// <param name="HasSnapshots">Whether snapshots are saved; only CONFIG tells.</param>
internal sealed record ServerSettings(string? Policy, long? MaxMemory, bool? HasAppendOnlyFile, bool? HasSnapshots)
{
    // volatile-* evicts only keys that expire: no record, but leases and tombstones.
    public bool MayEvict => Policy != "noeviction" && MaxMemory > 0;

    /// <summary>Asks INFO first, then CONFIG. Redis and Valkey answer both, Garnet only CONFIG, managed servers only INFO.</summary>
    public static async Task<ServerSettings> ReadAsync(IServer server)
    {
        var (memory, persistence) = (await InfoAsync(server, "memory"), await InfoAsync(server, "persistence"));
        var policy = Find(memory, "maxmemory_policy:") ?? await ConfigAsync(server, "maxmemory-policy");
        var limit = Find(memory, "maxmemory:") ?? await ConfigAsync(server, "maxmemory");
        var file = Find(persistence, "aof_enabled:") ?? await ConfigAsync(server, "appendonly");
        var snapshots = await ConfigAsync(server, "save");
        return new ServerSettings(
            policy,
            long.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? bytes : null,
            file is null ? null : file is "1" or "yes",
            snapshots is null ? null : snapshots.Length > 0);
    }

    private static async Task<string> InfoAsync(IServer server, string section) => (string?)await AskAsync(server, "INFO", section) ?? "";

    private static async Task<string?> ConfigAsync(IServer server, string name) =>
        await AskAsync(server, "CONFIG", "GET", name) is { Length: 2 } pair ? (string?)pair[1] : null;

    private static async Task<RedisResult?> AskAsync(IServer server, string command, params object[] arguments)
    {
        try
        {
            return await server.ExecuteAsync(command, arguments);
        }
        catch (RedisServerException)
        {
            // Forbidden to this user, or unknown to this server.
            return null;
        }
    }

    private static string? Find(string info, string name) =>
        info.Split("\r\n").FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..];
}
