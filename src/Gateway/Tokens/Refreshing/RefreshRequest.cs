using System.Diagnostics;
using System.Globalization;

using Gateway.Model;
using Gateway.Tokens.Circuit;
using Gateway.Tokens.TokenEndpoint;

namespace Gateway.Tokens.Refreshing;

/// <summary>What a refresh is asked for.</summary>
/// <param name="Generation">
/// Whose token no longer does, or soon will not (<see cref="Model.Connection.TokenGeneration"/>): a newer one that is usable answers the
/// request without a call. 0 when nothing is stored.
/// </param>
internal sealed record RefreshRequest(Provider Provider, ConnectionId Connection, RefreshTrigger Trigger, long Generation)
{
    /// <summary>The span of the request that started the refresh; default for one in the background.</summary>
    public ActivityContext Parent { get; init; }

    /// <summary>What the third party refused; null when it refused nothing.</summary>
    public Credential? Refused { get; init; }

    /// <summary>
    /// Method and path that the third party refused, from <see cref="RejectionLimits.KeyOf"/>; null when it refused nothing.
    /// </summary>
    public string? Path { get; init; }

    /// <summary>
    /// The open circuit of the provider: look only, and start nothing. Null when it is closed, or when this request may call all the same.
    /// </summary>
    public OpenCircuit? Alarm { get; init; }

    /// <summary>Since when the client is configured as it is now: an earlier refusal was about another configuration.</summary>
    public DateTimeOffset ClientSince { get; init; }

    /// <summary>
    /// True when a connection that is not stored is made by its first refresh: client credentials need nothing but the provider.
    /// </summary>
    public bool MayCreate =>
        Connection.Name == ConnectionId.DefaultName
        && Provider is { OAuth.Grant: OAuthGrant.ClientCredentials, Fields.Count: 0 }
        && !Provider.SecretFields.Any();

    /// <summary>The same with the state of the provider's circuit, which does not stop an operator.</summary>
    public RefreshRequest With(ProviderCircuit circuit) =>
        this with { ClientSince = circuit.Since, Alarm = Trigger == RefreshTrigger.Manual ? null : circuit.Open };

    /// <summary>True when the answer to <paramref name="other"/> is the answer to this one, whatever it says.</summary>
    public bool Covers(RefreshRequest other) =>
        Generation >= other.Generation && (Trigger == other.Trigger || other.Trigger == RefreshTrigger.Expiry);
}

/// <summary>What a stored connection says about a refresh that is asked for.</summary>
internal static class RefreshVerdict
{
    /// <returns>The end of the refresh without a call; null when the token endpoint is to be asked.</returns>
    public static RefreshResult? Of(RefreshRequest request, Connection? stored, DateTimeOffset now)
    {
        if (stored is null)
        {
            return request.MayCreate ? AlarmOf(request, stored) : RefreshResult.NotFound;
        }

        // 401 rule 2: another request or instance was faster.
        if (stored.TokenGeneration > request.Generation && stored.HasUsableToken(now))
        {
            return RefreshResult.Adopted(stored);
        }

        return IsBarred(request, stored, now) ? RefreshResult.Remembered(stored, now) : AlarmOf(request, stored);
    }

    private static RefreshResult? AlarmOf(RefreshRequest request, Connection? stored) =>
        request.Alarm is { } alarm ? RefreshResult.Alarmed(stored, alarm) : null;

    // A dead grant was presented once and is not presented again. An operator may ask before the backoff ends, having mended what was
    // broken; so may a caller after the client that was refused has been configured anew.
    private static bool IsBarred(RefreshRequest request, Connection stored, DateTimeOffset now) => stored.DeadSince is not null
        ? !IsUntried(request, stored)
        : stored.LastFailure is { IsBackoff: true } failure && failure.RetryAt > now && request.Trigger != RefreshTrigger.Manual
            && !IsOutdated(failure, request);

    // Older versions gave an interrupted connection up without presenting its grant again.
    private static bool IsUntried(RefreshRequest request, Connection stored) =>
        request.Trigger == RefreshTrigger.Manual && stored is { Intent: not null, LastFailure.Reason: RefreshFailure.Interrupted };

    private static bool IsOutdated(RefreshFailure failure, RefreshRequest request) =>
        failure.Outcome == RefreshOutcome.Configuration && failure.At < request.ClientSince;
}

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

/// <summary>A connection after a token answer.</summary>
internal static class RefreshedConnection
{
    /// <param name="client">Says how long a token lives whose answer does not.</param>
    /// <param name="askedAt">A token's life is counted from before the call: rather too short than too long.</param>
    public static Connection Of(Connection current, OAuthClient client, TokenAnswer answer, DateTimeOffset askedAt) => current with
    {
        Generation = current.Generation + 1,
        TokenAge = 0,
        Token = new(answer.AccessToken, askedAt + (answer.Lifetime ?? client.DefaultLifetime)),
        Grant = GrantOf(current.Grant, client, answer),
        Scopes = answer.Scopes ?? current.Scopes,
        RefreshedAt = askedAt,
        RefreshTrace = RefreshTraces.Current,
        RefreshPath = null,
        DeadSince = null,
        LastFailure = null,
        RejectedGeneration = 0,
        Intent = null,
    };

    // RFC 6749 section 6: no new refresh token means that the old one goes on. Section 4.4.3: client credentials have none.
    private static Grant GrantOf(Grant grant, OAuthClient client, TokenAnswer answer) =>
        client.Grant == OAuthGrant.ClientCredentials || answer.RefreshToken.IsEmpty
            ? grant
            : grant with { RefreshToken = answer.RefreshToken };
}

/// <summary>
/// A connection after a refresh that gave no token: nothing is blanked, the failure is noted beside what is there. A new grant that came
/// all the same takes the old one's place.
/// </summary>
internal static class FailedConnection
{
    public static Connection Of(Connection current, RefreshRequest request, TokenFailure failure, DateTimeOffset now)
    {
        var attempts = (current.LastFailure?.Attempts ?? 0) + 1;
        var isDead = failure.Outcome == RefreshOutcome.Permanent;
        var wait = RefreshBackoff.After(attempts, failure.RetryAfter, Random.Shared.NextDouble());
        var failed = NoteRejection(current, request) with
        {
            // A connection whose first refresh fails is stored too, so that all instances share its backoff.
            Generation = Math.Max(1, current.Generation),
            DeadSince = isDead ? now : null,
            Intent = isDead ? null : current.Intent,
            LastFailure = new(failure.Outcome, failure.Reason, now, attempts, isDead ? DateTimeOffset.MaxValue : now + wait),
        };
        return BringsGrant(failure, current) ? Regrant(failed, failure.RefreshToken) : failed;
    }

    public static bool IsRejectionNoted(Connection current, RefreshRequest request) =>
        request.Trigger != RefreshTrigger.Rejected
        || current.TokenGeneration != request.Generation
        || current.RejectedGeneration == request.Generation;

    /// <summary>The token that a third party refused, and that no refresh replaced, is not usable any more.</summary>
    public static Connection NoteRejection(Connection current, RefreshRequest request) =>
        IsRejectionNoted(current, request) ? current : current with { RejectedGeneration = request.Generation };

    // Client credentials have no grant that could be replaced (RFC 6749 section 4.4.3).
    private static bool BringsGrant(TokenFailure failure, Connection current) =>
        !failure.RefreshToken.IsEmpty && !current.Grant.RefreshToken.IsEmpty && failure.RefreshToken != current.Grant.RefreshToken;

    // The generation grows, so that no instance and no store that went back in time takes the old grant for the newest. The token is what
    // it was.
    private static Connection Regrant(Connection failed, Secret grant) => failed with
    {
        Generation = failed.Generation + 1,
        Intent = null,
        TokenAge = failed.TokenAge + 1,
        Grant = failed.Grant with { RefreshToken = grant },
    };
}
