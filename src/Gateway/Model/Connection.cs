using System.Buffers;
using System.Collections.Frozen;

namespace Gateway.Model;

/// <summary>One authorised account at a provider, as stored. Immutable; a change is a new value and a compare-and-set.</summary>
public sealed record Connection
{
    public required ConnectionId Id { get; init; }

    /// <summary>Starts at 1 and grows by one each time grant or token change, across removal and re-creation too.</summary>
    public required long Generation { get; init; }

    /// <summary>The fencing number of the lease under which the record was last written; 0 when no lease was needed.</summary>
    public long Fence { get; init; }

    public required Grant Grant { get; init; }

    /// <summary>Null before the first refresh and for connections without tokens.</summary>
    public Token? Token { get; init; }

    /// <summary>How many generations ago the token came: 0, unless the grant alone has changed since.</summary>
    public int TokenAge { get; init; }

    /// <summary>The generation that brought the token; a 401 refers to it.</summary>
    public long TokenGeneration => Generation - TokenAge;

    /// <summary>The fields that are not secret, such as the client in a host name.</summary>
    public IReadOnlyDictionary<string, string> Fields { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>The granted scopes; empty when the provider did not say.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = [];

    /// <summary>When the grant died; null while it is alive. A dead grant's token serves until it expires or is rejected.</summary>
    public DateTimeOffset? DeadSince { get; init; }

    public DateTimeOffset? RefreshedAt { get; init; }

    /// <summary>The trace of the refresh that made this generation, as a W3C <c>traceparent</c>; null when it was not traced.</summary>
    public string? RefreshTrace { get; init; }

    /// <summary>
    /// The method and path, from <see cref="RejectionLimits.KeyOf"/>, whose 401 caused the refresh that brought the token; null when it had
    /// another cause.
    /// </summary>
    public string? RefreshPath { get; init; }

    /// <summary>
    /// When an owner or operator last gave this grant; a refresh keeps it. Of two records with the same time the one of the higher
    /// generation is newer, else the one of the later time. Set by the store when absent; null only in records of an older version.
    /// </summary>
    public DateTimeOffset? ConnectedAt { get; init; }

    public RefreshFailure? LastFailure { get; init; }

    /// <summary>An attempt without an end in a record of an older version, which kept intents there; null otherwise.</summary>
    public RefreshIntent? Intent { get; init; }

    /// <summary>The <see cref="TokenGeneration"/> whose token the third party refused and no refresh could replace; 0 when none.</summary>
    public long RejectedGeneration { get; init; }

    /// <summary>
    /// True when this process alone has the token: it was requested while the store was unavailable, and replaces the stored one of the
    /// same generation until the store answers again. Never stored.
    /// </summary>
    public bool IsInterim { get; init; }

    /// <summary>True when <paramref name="stored"/> is an earlier state of this connection, of a store that lost writes.</summary>
    public bool Succeeds(Connection stored) => stored.Generation < Generation && stored.ConnectedAt is { } since && since == ConnectedAt;

    /// <summary>True when the third party refused the present token.</summary>
    public bool IsRejected => RejectedGeneration == TokenGeneration;

    /// <summary>True when there is a token that may still be sent.</summary>
    public bool HasUsableToken(DateTimeOffset now) => Token is { } token && token.ExpiresAt > now && !IsRejected;
}

/// <summary>Which connection: a provider of the configuration and a name that an operator chose.</summary>
/// <param name="Name">1 to 128 characters of <c>A-Z a-z 0-9 . _ -</c>; see <see cref="IsValidName"/>.</param>
public readonly record struct ConnectionId(string Provider, string Name)
{
    /// <summary>The connection of a route that names none.</summary>
    public const string DefaultName = "default";

    private const int MaxNameLength = 128;

    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    public static bool IsValidName(ReadOnlySpan<char> name) =>
        name.Length is > 0 and <= MaxNameLength && !name.ContainsAnyExcept(NameCharacters);

    public override string ToString() => $"{Provider}/{Name}";
}

/// <summary>Word from the store that a connection changed, perhaps on another instance.</summary>
/// <param name="Connection">Which; null when word may have been missed and everything should be read again.</param>
/// <param name="Generation">The generation now stored; 0 when the connection was removed.</param>
public readonly record struct ConnectionChange(ConnectionId? Connection, long Generation);

/// <summary>What operators see of a connection.</summary>
public enum ConnectionStatus
{
    /// <summary>Serves, or will serve after a refresh that nothing speaks against.</summary>
    Ready,

    /// <summary>Some instance is renewing the token now.</summary>
    Refreshing,

    /// <summary>The grant is dead; an operator must connect again.</summary>
    ReauthorizationRequired,

    /// <summary>Refreshes fail for now and no usable token is at hand.</summary>
    Unavailable,
}

public static class ConnectionStatusExtensions
{
    public static ConnectionStatus StatusAt(this Connection connection, DateTimeOffset now) => connection switch
    {
        { DeadSince: not null } => ConnectionStatus.ReauthorizationRequired,
        { LastFailure: not null } when !connection.HasUsableToken(now) => ConnectionStatus.Unavailable,
        _ => ConnectionStatus.Ready,
    };
}
