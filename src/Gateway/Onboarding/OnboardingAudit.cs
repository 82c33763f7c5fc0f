using Gateway.Model;

namespace Gateway.Onboarding;

/// <summary>
/// One line of the audit trail for each step: the actor (fingerprint of the admin key, afterwards of the link), the act, the address.
/// </summary>
internal sealed partial class OnboardingAudit(ILoggerFactory loggers, AdminKey key)
{
    // Identifies a link in the log and is too short to open it.
    private const int FingerprintLength = 8;

    private readonly ILogger _logger = loggers.CreateLogger("Gateway.Audit");

    public void LinkMade(HttpContext context, ConnectionId id, string token, DateTimeOffset expiresAt) =>
        Log.LinkMade(_logger, Fingerprint(token), id, expiresAt, key.Fingerprint, From(context));

    public void Arrived(HttpContext context, ConnectionId id, string token) => Log.Arrived(_logger, id, Fingerprint(token), From(context));

    public void Started(HttpContext context, ConnectionId id, string token) => Log.Started(_logger, id, Fingerprint(token), From(context));

    public void Connected(HttpContext context, Connection connection, string token, bool isSaved)
    {
        if (isSaved)
        {
            Log.Connected(_logger, connection.Id, connection.Generation, Fingerprint(token), From(context));
        }
        else
        {
            Log.Approved(_logger, connection.Id, Fingerprint(token), From(context));
        }
    }

    /// <summary>The connection's name is null when the browser is not known to have started for one.</summary>
    public void Refused(HttpContext context, string provider, Refusal reason, string? connection = null) =>
        Log.Refused(_logger, provider, connection ?? "(unknown)", reason.Word, From(context));

    /// <summary>The outcome is a word of <see cref="Tokens.GrantRevocation"/>.</summary>
    public void GivenBack(ConnectionId id, string outcome) => Log.GivenBack(_logger, id, outcome);

    public void LeftAlive(ConnectionId id) => Log.LeftAlive(_logger, id);

    private static string Fingerprint(string token) => RandomToken.HashOf(token)[..FingerprintLength];

    // A dual-stack listener reports IPv4 as IPv6.
    private static string From(HttpContext context) =>
        context.Connection.RemoteIpAddress is not { } address ? "local"
        : address.IsIPv4MappedToIPv6 ? address.MapToIPv4().ToString() : address.ToString();

    private static partial class Log
    {
        [LoggerMessage(5000, LogLevel.Information,
            "Link {Link} to connect {Connection} until {ExpiresAt:u} made by key {Key} from {Remote}")]
        public static partial void LinkMade(
            ILogger logger, string link, ConnectionId connection, DateTimeOffset expiresAt, string key, string remote);

        [LoggerMessage(5004, LogLevel.Information,
            "Owner arrived from the provider's marketplace for connection {Connection}, link {Link}, from {Remote}")]
        public static partial void Arrived(ILogger logger, ConnectionId connection, string link, string remote);

        [LoggerMessage(5001, LogLevel.Information, "Consent for connection {Connection} started with link {Link} from {Remote}")]
        public static partial void Started(ILogger logger, ConnectionId connection, string link, string remote);

        [LoggerMessage(5002, LogLevel.Information,
            "Connection {Connection} authorised as generation {Generation} with link {Link} from {Remote}")]
        public static partial void Connected(ILogger logger, ConnectionId connection, long generation, string link, string remote);

        [LoggerMessage(5005, LogLevel.Information,
            "Connection {Connection} authorised with link {Link} from {Remote}; it is saved as soon as the store is available")]
        public static partial void Approved(ILogger logger, ConnectionId connection, string link, string remote);

        [LoggerMessage(5006, LogLevel.Information, "Unused grant for connection {Connection} revoked at the provider: {Outcome}")]
        public static partial void GivenBack(ILogger logger, ConnectionId connection, string outcome);

        [LoggerMessage(5007, LogLevel.Information,
            "Unused grant for connection {Connection} not revoked at the provider: its revocation might end other connections")]
        public static partial void LeftAlive(ILogger logger, ConnectionId connection);

        [LoggerMessage(5003, LogLevel.Warning,
            "Consent at provider {Provider} for connection {Connection} refused: {Reason}, from {Remote}")]
        public static partial void Refused(ILogger logger, string provider, string connection, string reason, string remote);
    }
}
