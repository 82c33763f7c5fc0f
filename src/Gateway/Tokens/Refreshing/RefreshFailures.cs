using System.Globalization;

using Gateway.Model;
using Gateway.Tokens.TokenEndpoint;

namespace Gateway.Tokens.Refreshing;

/// <summary>What a caller is told when there is no credential.</summary>
internal static class RefreshFailures
{
    // Long enough not to hammer, short enough to notice that the store is back.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(2);

    public static CredentialFailure NotFound { get; } =
        new(GatewayError.ConnectionNotFound, "Nothing is stored under that name; an operator can connect it.");

    public static CredentialFailure StoreAway { get; } =
        new(GatewayError.CredentialUnavailable, "The store of connections is out of reach and no usable token is at hand.", Soon);

    public static CredentialFailure Unreadable { get; } = new(
        GatewayError.CredentialUnavailable,
        "What is stored under that name can't be opened: it was sealed with a key that is not among the gateway's encryption keys, or changed.",
        Soon);

    public static CredentialFailure LeaseHeld { get; } =
        new(GatewayError.CredentialUnavailable, "Another instance is still renewing this connection's token.", Soon);

    public static CredentialFailure Incomplete { get; } = new(
        GatewayError.ReauthorizationRequired,
        "The connection lacks a field that the provider's configuration wants; an operator must connect again.");

    public static CredentialFailure Static { get; } = new(
        GatewayError.CredentialUnavailable, "The third party refused the stored secret; nothing but a new one helps.");

    /// <param name="reason">A word of the failure table.</param>
    public static CredentialFailure Misconfigured(string reason) => new(
        GatewayError.ProviderMisconfigured,
        reason == TokenFailureTable.NoEndpoint.Reason
            ? "The connection's fields make no address of the provider's token endpoint."
            : $"The provider refuses the gateway's own client credentials ({reason}).");

    /// <summary>Why the store gave nothing.</summary>
    public static CredentialFailure Of(StoreUnavailableException exception) => exception.IsUnreadable ? Unreadable : StoreAway;

    /// <summary>The state of a connection that has no usable token and can't be refreshed now.</summary>
    public static CredentialFailure Of(Connection connection, DateTimeOffset now) => connection switch
    {
        { DeadSince: { } since } => new(
            GatewayError.ReauthorizationRequired,
            string.Create(
                CultureInfo.InvariantCulture, $"The grant is dead since {since:u} ({ReasonOf(connection)}); connect it again.")),
        { LastFailure: { Outcome: RefreshOutcome.Configuration } failure } => Misconfigured(failure.Reason),
        _ => new(
            GatewayError.CredentialUnavailable,
            $"The token can't be renewed for now ({ReasonOf(connection)}) and no usable one is at hand.",
            connection.LastFailure is { } failure && failure.RetryAt > now ? failure.RetryAt - now : Soon),
    };

    private static string ReasonOf(Connection connection) => connection.LastFailure?.Reason ?? "unknown";
}
