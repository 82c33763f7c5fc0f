using System.Globalization;

using StackExchange.Redis;

namespace Gateway.Store.Redis;

/// <summary>What a server tells of how long it keeps things. Null where it does not tell.</summary>
/// <param name="Policy"><c>maxmemory-policy</c>.</param>
/// <param name="MaxMemory">Bytes; 0 for no limit.</param>
/// <param name="HasAppendOnlyFile">Whether each write goes to a file.</param>
/// <param name="HasSnapshots">Whether the whole is saved now and then; also null when CONFIG is forbidden, which alone tells it.</param>
internal sealed record ServerSettings(string? Policy, long? MaxMemory, bool? HasAppendOnlyFile, bool? HasSnapshots)
{
    // volatile-* evicts only what has an expiry: no connection, but its lease and the mark of its removal.
    public bool MayEvict => Policy != "noeviction" && MaxMemory > 0;

    /// <summary>From INFO, and from CONFIG for what INFO does not say. Valkey answers like Redis, Garnet to CONFIG alone, managed ones to INFO alone.</summary>
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

    // As plain commands: the client's own want a connection that may do everything.
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
            // Forbidden, or unknown to this server.
            return null;
        }
    }

    private static string? Find(string info, string name) =>
        info.Split("\r\n").FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..];
}
