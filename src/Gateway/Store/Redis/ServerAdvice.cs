using Microsoft.Extensions.Options;

using StackExchange.Redis;

namespace Gateway.Store.Redis;

/// <summary>Warns of a Redis that may forget: connections are not a cache. Best effort, since a server need not tell.</summary>
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
            try
            {
                Give(await InfoAsync(server, "memory"), await InfoAsync(server, "persistence"));
            }
            catch (Exception e) when (RedisFault.WordFor(e) is not null)
            {
                // INFO may be forbidden; then there is nothing to say.
            }
        }
    }

    private void Give(string memory, string persistence)
    {
        // volatile-* evicts only what has an expiry, and connections have none.
        if (Find(memory, "maxmemory_policy:") is { } policy && policy.StartsWith("allkeys", StringComparison.Ordinal))
        {
            Log.MayEvict(logger, policy);
        }

        if (Find(persistence, "aof_enabled:") == "0")
        {
            Log.DoesNotPersist(logger);
        }
    }

    // As a plain command: the client's own INFO wants a connection that may do everything.
    private static async Task<string> InfoAsync(IServer server, string section) => (string?)await server.ExecuteAsync("INFO", section) ?? "";

    private static string? Find(string info, string name) =>
        info.Split("\r\n").FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..];

    private static partial class Log
    {
        [LoggerMessage(1111, LogLevel.Warning, "Redis may evict connections when its memory is full (maxmemory-policy {Policy}). Set it to noeviction.")]
        public static partial void MayEvict(ILogger logger, string policy);

        [LoggerMessage(1112, LogLevel.Warning, "Redis has no append-only file: a crash of it loses the grants that were renewed since its last snapshot. Set appendonly yes.")]
        public static partial void DoesNotPersist(ILogger logger);
    }
}
