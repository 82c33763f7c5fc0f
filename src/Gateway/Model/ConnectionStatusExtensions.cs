namespace Gateway.Model;

/// <summary>Status of a stored connection, and the words that the admin API, the index and the metrics use for it.</summary>
public static class ConnectionStatusExtensions
{
    public static ConnectionStatus StatusAt(this Connection connection, DateTimeOffset now) => connection switch
    {
        { DeadSince: not null } => ConnectionStatus.ReauthorizationRequired,
        { LastFailure: not null } when !connection.HasUsableToken(now) => ConnectionStatus.Unavailable,
        _ => ConnectionStatus.Ready,
    };

    public static string ToWord(this ConnectionStatus status) => status switch
    {
        ConnectionStatus.Ready => "ready",
        ConnectionStatus.Refreshing => "refreshing",
        ConnectionStatus.ReauthorizationRequired => "reauthorization_required",
        _ => "unavailable",
    };
}
