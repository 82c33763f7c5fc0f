using System.Globalization;

using Gateway.Model;
using Gateway.Tokens.Circuit;
using Gateway.Tokens.TokenEndpoint;

namespace Gateway.Tokens.Refreshing;

/// <summary>How a refresh ended.</summary>
/// <param name="Connection">What is known to be stored after it, or is about to be; null when that is nothing or unknown.</param>
/// <param name="Failure">Null when <paramref name="Connection"/> has a token newer than the one that was no longer good.</param>
/// <param name="Reason">A word of a closed set for logs and spans; empty for a success.</param>
public sealed record RefreshResult(RefreshOutcome Outcome, Connection? Connection, CredentialFailure? Failure = null, string Reason = "")
{
    internal static RefreshResult NotFound { get; } = new(RefreshOutcome.Permanent, null, RefreshFailures.NotFound, "not_found");

    internal static RefreshResult StoreAway { get; } = new(RefreshOutcome.Transient, null, RefreshFailures.StoreAway, "store_unavailable");

    /// <summary>401 rule 5: new tokens do not help this method and path.</summary>
    internal static RefreshResult Denied { get; } = new(RefreshOutcome.Permanent, null, RefreshFailures.FreshToken, "denied");

    /// <summary>401 rule 5: the connection's bucket is empty.</summary>
    internal static RefreshResult Limited { get; } = new(RefreshOutcome.Transient, null, RefreshFailures.FreshToken, "limited");

    internal static RefreshResult LeaseHeld { get; } = new(RefreshOutcome.Transient, null, RefreshFailures.LeaseHeld, "lease_held");

    internal static RefreshResult NotReadable { get; } = new(RefreshOutcome.Transient, null, RefreshFailures.Unreadable, "unreadable");

    /// <summary>True when nothing is stored under the name any more.</summary>
    internal bool IsGone => ReferenceEquals(this, NotFound);

    /// <summary>True when the 401 passes through, because of its path or of those before it.</summary>
    internal bool IsPassedThrough => IsDenied || ReferenceEquals(this, Limited);

    internal bool IsDenied => ReferenceEquals(this, Denied);

    /// <summary>True when nothing was begun, or could be kept, because the store is out of reach.</summary>
    internal bool IsStoreAway => ReferenceEquals(this, StoreAway);

    internal static RefreshResult Renewed(Connection connection) => new(RefreshOutcome.Success, connection);

    internal static RefreshResult Adopted(Connection connection) => new(RefreshOutcome.Adopted, connection);

    /// <summary>Nothing was begun.</summary>
    internal static RefreshResult Of(StoreUnavailableException exception) => exception.IsUnreadable ? NotReadable : StoreAway;

    /// <summary>The provider refuses the gateway; no call was made.</summary>
    internal static RefreshResult Alarmed(Connection? connection, OpenCircuit alarm) =>
        new(RefreshOutcome.Configuration, connection, RefreshFailures.Misconfigured(alarm.Reason), alarm.Reason);

    /// <summary>The failure that <paramref name="connection"/> remembers.</summary>
    internal static RefreshResult Remembered(Connection connection, DateTimeOffset now) => new(
        connection.LastFailure?.Outcome ?? RefreshOutcome.Permanent,
        connection,
        RefreshFailures.Of(connection, now),
        connection.LastFailure?.Reason ?? "");
}

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
        "What is stored under that name can't be opened: it was sealed with a key that is not among the gateway's encryption keys, "
            + "or changed.",
        Soon);

    public static CredentialFailure LeaseHeld { get; } =
        new(GatewayError.CredentialUnavailable, "Another instance is still renewing this connection's token.", Soon);

    public static CredentialFailure Incomplete { get; } = new(
        GatewayError.ReauthorizationRequired,
        "The connection lacks a field that the provider's configuration wants; an operator must connect again.");

    public static CredentialFailure Static { get; } = new(
        GatewayError.CredentialUnavailable, "The third party refused the stored secret; nothing but a new one helps.");

    public static CredentialFailure FreshToken { get; } = new(
        GatewayError.CredentialUnavailable, "New tokens did not help here lately; it may be a matter of what the connection was granted.");

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
