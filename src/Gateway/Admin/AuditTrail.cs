using Gateway.Model;

namespace Gateway.Admin;

/// <summary>Writes one log line for each change by an operator: key, what and from where. The log adds the time.</summary>
internal sealed partial class AuditTrail(ILoggerFactory loggers, AdminKey key)
{
    /// <summary>The log category, which lets operators ship audit lines separately.</summary>
    public const string Category = "Gateway.Audit";

    private readonly ILogger _logger = loggers.CreateLogger(Category);

    public void Stored(HttpContext context, Connection connection, bool created)
    {
        if (created)
        {
            Log.Created(_logger, connection.Id, connection.Generation, key.Fingerprint, From(context));
        }
        else
        {
            Log.Replaced(_logger, connection.Id, connection.Generation, key.Fingerprint, From(context));
        }
    }

    public void Removed(HttpContext context, ConnectionId id) => Log.Removed(_logger, id, key.Fingerprint, From(context));

    /// <summary>The outcome is <c>none</c> when the provider has no revocation endpoint, which leaves no line.</summary>
    public void Revoked(HttpContext context, ConnectionId id, string outcome)
    {
        if (outcome != "none")
        {
            Log.Revoked(_logger, id, outcome, From(context));
        }
    }

    /// <summary>The outcome is <c>success</c> or an error's code.</summary>
    public void Refreshed(HttpContext context, ConnectionId id, string outcome) =>
        Log.Refreshed(_logger, id, outcome, key.Fingerprint, From(context));

    /// <summary>The outcome is the provider's status or an error's code.</summary>
    public void Verified(HttpContext context, ConnectionId id, string outcome) =>
        Log.Verified(_logger, id, outcome, key.Fingerprint, From(context));

    public void Refused(HttpContext context) => Log.Refused(_logger, From(context));

    private static string From(HttpContext context) => context.Connection.RemoteIpAddress?.ToString() ?? "local";

    private static partial class Log
    {
        [LoggerMessage(3000, LogLevel.Information, "Connection {Connection} created as generation {Generation} by key {Key} from {Remote}")]
        public static partial void Created(ILogger logger, ConnectionId connection, long generation, string key, string remote);

        [LoggerMessage(3001, LogLevel.Information,
            "Connection {Connection} replaced by generation {Generation} by key {Key} from {Remote}")]
        public static partial void Replaced(ILogger logger, ConnectionId connection, long generation, string key, string remote);

        [LoggerMessage(3002, LogLevel.Information, "Connection {Connection} removed by key {Key} from {Remote}")]
        public static partial void Removed(ILogger logger, ConnectionId connection, string key, string remote);

        [LoggerMessage(3003, LogLevel.Information,
            "Refresh of connection {Connection} ended as {Outcome}, asked for by key {Key} from {Remote}")]
        public static partial void Refreshed(ILogger logger, ConnectionId connection, string outcome, string key, string remote);

        [LoggerMessage(3004, LogLevel.Information,
            "Verification of connection {Connection} ended as {Outcome}, asked for by key {Key} from {Remote}")]
        public static partial void Verified(ILogger logger, ConnectionId connection, string outcome, string key, string remote);

        [LoggerMessage(3005, LogLevel.Information,
            "Revocation of connection {Connection} at the provider ended as {Outcome}, after its removal from {Remote}")]
        public static partial void Revoked(ILogger logger, ConnectionId connection, string outcome, string remote);

        [LoggerMessage(3010, LogLevel.Warning, "A call without the admin key was refused from {Remote}")]
        public static partial void Refused(ILogger logger, string remote);
    }
}
