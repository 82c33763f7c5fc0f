using System.Net.Sockets;
using System.Security.Authentication;

using Gateway.Model;

using StackExchange.Redis;

namespace Gateway.Store.Redis;

/// <summary>
/// Names a failure of the connection or the server by one word of a closed set, for messages, logs, readiness and metrics: the client's
/// texts contain endpoints and commands.
/// </summary>
internal static class RedisFault
{
    public const string Timeout = "timeout";
    public const string Unreachable = "unreachable";
    public const string Authentication = "authentication";
    public const string Tls = "tls";
    public const string NoPermission = "no_permission";

    // Searched in the whole text, not only at its start: older servers wrap an error that occurs in a script.
    private static readonly (string Code, string Word)[] ServerCodes =
    [
        ("READONLY", "read_only"), ("OOM", "out_of_memory"), ("LOADING", "loading"), ("NOAUTH", Authentication),
        ("WRONGPASS", Authentication),
        ("NOPERM", NoPermission), ("MISCONF", "not_persisting"), ("NOREPLICAS", "no_replicas"), ("CLUSTERDOWN", "cluster_down"),
        ("MASTERDOWN", "no_primary"), ("BUSY", "busy"),
    ];

    /// <summary>Null when the exception is neither a connection nor a server failure, which makes it a defect.</summary>
    public static string? WordFor(Exception exception) => exception switch
    {
        TimeoutException => Timeout,
        RedisConnectionException broken => WordFor(broken),
        RedisServerException answered => ServerCodes.FirstOrDefault(pair => answered.Message.Contains(pair.Code,
            StringComparison.Ordinal)).Word ?? "error",
        // No primary is among the servers.
        RedisCommandException => "read_only",
        ObjectDisposedException => Unreachable,
        // A call whose connection is closed between two steps of the client gets the exception of the socket, the pipe or the client's own
        // token.
        OperationCanceledException or IOException or SocketException or InvalidOperationException => Unreachable,
        _ => null,
    };

    /// <summary>As <see cref="WordFor(Exception)"/>, but null when the caller cancelled.</summary>
    public static string? WordForCall(Exception exception, CancellationToken caller) =>
        exception is OperationCanceledException && caller.IsCancellationRequested ? null : WordFor(exception);

    /// <summary>Does not wrap the client's exception: it contains endpoints and commands, and logs print inner exceptions.</summary>
    public static StoreUnavailableException Unavailable(string operation, string word) =>
        new($"The store did not answer ({operation}): {word}.");

    // The outer exception says "no connection"; the reason is in an inner one. The client reports TLS failures as authentication failures
    // too.
    private static string WordFor(RedisConnectionException broken)
    {
        var isAuthentication = false;
        for (Exception? cause = broken; cause is not null; cause = cause.InnerException)
        {
            if (cause.Message.Contains("NOAUTH", StringComparison.Ordinal) || cause.Message.Contains("WRONGPASS", StringComparison.Ordinal))
            {
                return Authentication;
            }

            isAuthentication |= cause is AuthenticationException
                or RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure };
        }

        return isAuthentication ? Tls : Unreachable;
    }
}
