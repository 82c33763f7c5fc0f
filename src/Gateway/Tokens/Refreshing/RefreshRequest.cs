using System.Diagnostics;

using Gateway.Model;
using Gateway.Tokens.Circuit;

namespace Gateway.Tokens.Refreshing;

/// <summary>What a refresh is asked for.</summary>
/// <param name="Provider">The provider in force.</param>
/// <param name="Connection">Which connection.</param>
/// <param name="Trigger">Why.</param>
/// <param name="Generation">
/// Whose token no longer does, or soon will not (<see cref="Credentials.Connections.Connection.TokenGeneration"/>): a newer one that is usable answers the
/// request without a call. 0 when nothing is stored.
/// </param>
internal sealed record RefreshRequest(Provider Provider, ConnectionId Connection, RefreshTrigger Trigger, long Generation)
{
    /// <summary>The span of the request that started the refresh; default for one in the background.</summary>
    public ActivityContext Parent { get; init; }

    /// <summary>What the third party refused; null when it refused nothing.</summary>
    public Credential? Refused { get; init; }

    /// <summary>The alarm that bars calls at the token endpoint; null when there is none, or when it does not bar this one.</summary>
    public ProviderAlarm? Alarm { get; init; }

    /// <summary>From when on the client is configured as it is now: what a provider said about it before bars nothing.</summary>
    public DateTimeOffset ClientSince { get; init; }

    /// <summary>
    /// True when a connection that is not stored is made by its first refresh: client credentials need nothing but the provider.
    /// </summary>
    public bool MayCreate =>
        Connection.Name == ConnectionId.DefaultName
        && Provider is { OAuth.Grant: OAuthGrant.ClientCredentials, Fields.Count: 0 }
        && !Provider.SecretFields.Any();

    /// <summary>The same under what is known of the provider's alarm; it does not bar an operator.</summary>
    public RefreshRequest With(ClientStanding standing) =>
        this with { ClientSince = standing.Since, Alarm = Trigger == RefreshTrigger.Manual ? null : standing.Alarm };

    /// <summary>True when the answer to <paramref name="other"/> is the answer to this one, whatever it says.</summary>
    public bool Covers(RefreshRequest other) =>
        Generation >= other.Generation && (Trigger == other.Trigger || other.Trigger == RefreshTrigger.Expiry);
}
