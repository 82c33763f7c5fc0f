using System.Diagnostics;

using Gateway.Credentials;

namespace Gateway.Tokens;

/// <summary>What a refresh is asked for.</summary>
/// <param name="Provider">The provider in force.</param>
/// <param name="Connection">Which connection.</param>
/// <param name="Trigger">Why.</param>
/// <param name="Generation">
/// What no longer does, or soon will not: a newer generation that is usable answers the request without a call. 0 when nothing is stored.
/// </param>
internal sealed record RefreshRequest(Provider Provider, ConnectionId Connection, RefreshTrigger Trigger, long Generation)
{
    /// <summary>The span of the request that started the refresh; default for one in the background.</summary>
    public ActivityContext Parent { get; init; }

    /// <summary>
    /// True when a connection that is not stored is made by its first refresh: client credentials need nothing but the provider.
    /// </summary>
    public bool MayCreate =>
        Connection.Name == ConnectionId.DefaultName
        && Provider is { OAuth.Grant: OAuthGrant.ClientCredentials, Fields.Count: 0 }
        && !Provider.SecretFields.Any();

    /// <summary>True when the answer to <paramref name="other"/> is the answer to this one, whatever it says.</summary>
    public bool Covers(RefreshRequest other) =>
        Generation >= other.Generation && (Trigger == other.Trigger || other.Trigger == RefreshTrigger.Expiry);
}
