using System.Net.Sockets;
using System.Security.Authentication;

using Gateway.Model;

using StackExchange.Redis;

namespace Gateway.Store.Redis;

/// <summary>A broken wire in one word of a closed set: for messages, logs, readiness and metrics, in place of texts that could tell too much.</summary>
internal static class RedisFault
{
    public const string Timeout = "timeout";
    public const string Unreachable = "unreachable";
    public const string Authentication = "authentication";
    public const string Tls = "tls";
    public const string NoPermission = "no_permission";

    // The first word of the server's error, or somewhere in it when a script of an older server wraps it.
    private static readonly (string Code, string Word)[] ServerCodes =
    [
        ("READONLY", "read_only"), ("OOM", "out_of_memory"), ("LOADING", "loading"), ("NOAUTH", Authentication), ("WRONGPASS", Authentication),
        ("NOPERM", NoPermission), ("MISCONF", "not_persisting"), ("NOREPLICAS", "no_replicas"), ("CLUSTERDOWN", "cluster_down"),
        ("MASTERDOWN", "no_primary"), ("BUSY", "busy"),
    ];

    /// <summary>Null when the exception is no fault of the wire or the server, but a defect here.</summary>
    public static string? WordFor(Exception exception) => exception switch
    {
        TimeoutException => Timeout,
        RedisConnectionException broken => WordFor(broken),
        RedisServerException answered => ServerCodes.FirstOrDefault(pair => answered.Message.Contains(pair.Code, StringComparison.Ordinal)).Word ?? "error",
        // No primary among the servers, or the client was closed at shutdown.
        RedisCommandException => "read_only",
        ObjectDisposedException => Unreachable,
        // What a call that is under way meets when its connection is torn down between two of the client's steps: the client hands on what
        // its socket, its pipe or its own token said.
        OperationCanceledException or IOException or SocketException or InvalidOperationException => Unreachable,
        _ => null,
    };

    /// <summary>As <see cref="WordFor(Exception)"/>, but null when it was the caller who gave up.</summary>
    public static string? WordForCall(Exception exception, CancellationToken caller) =>
        exception is OperationCanceledException && caller.IsCancellationRequested ? null : WordFor(exception);

    /// <summary>Without the client's exception: that one knows endpoints and commands, and logs print inner exceptions.</summary>
    public static StoreUnavailableException Unavailable(string operation, string word) => new($"The store did not answer ({operation}): {word}.");

    // "No connection" is what a call meets; why there is none is further in. The client takes TLS for authentication, too.
    private static string WordFor(RedisConnectionException broken)
    {
        var isAuthentication = false;
        for (Exception? cause = broken; cause is not null; cause = cause.InnerException)
        {
            if (cause.Message.Contains("NOAUTH", StringComparison.Ordinal) || cause.Message.Contains("WRONGPASS", StringComparison.Ordinal))
            {
                return Authentication;
            }

            isAuthentication |= cause is AuthenticationException or RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure };
        }

        return isAuthentication ? Tls : Unreachable;
    }
}
