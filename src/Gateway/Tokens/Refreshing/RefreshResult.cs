using Gateway.Model;
using Gateway.Tokens.Circuit;

namespace Gateway.Tokens.Refreshing;

/// <summary>How a refresh ended.</summary>
/// <param name="Outcome">As counted.</param>
/// <param name="Connection">What is known to be stored after it, or is about to be; null when that is nothing or unknown.</param>
/// <param name="Failure">Null when <paramref name="Connection"/> has a token newer than the one that was no longer good.</param>
/// <param name="Reason">A word of a closed set for logs and spans; empty for a success.</param>
public sealed record RefreshResult(RefreshOutcome Outcome, Connection? Connection, CredentialFailure? Failure = null, string Reason = "")
{
    internal static RefreshResult NotFound { get; } = new(RefreshOutcome.Permanent, null, RefreshFailures.NotFound, "not_found");

    internal static RefreshResult StoreAway { get; } = new(RefreshOutcome.Transient, null, RefreshFailures.StoreAway, "store_unavailable");

    internal static RefreshResult LeaseHeld { get; } = new(RefreshOutcome.Transient, null, RefreshFailures.LeaseHeld, "lease_held");

    internal static RefreshResult NotReadable { get; } = new(RefreshOutcome.Transient, null, RefreshFailures.Unreadable, "unreadable");

    /// <summary>True when nothing is stored under the name any more.</summary>
    internal bool IsGone => ReferenceEquals(this, NotFound);

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
