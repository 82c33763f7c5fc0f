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

    /// <summary>The open circuit of the provider: look only, and start nothing. Null when it is closed, or when this request may call all the same.</summary>
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
