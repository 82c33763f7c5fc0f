using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Gateway.Tokens.Circuit;

/// <summary>
/// A provider's circuit as all instances share it. It opens when two connections were refused in turn with no success in between, or at
/// once when the refused call presented nothing but the client itself. The next success closes it.
/// </summary>
internal sealed record CircuitState
{
    public static readonly CircuitState Closed = new();

    // Bounds the shared entry.
    private const int MaxNames = 32;

    /// <summary>Null while the circuit is closed.</summary>
    public OpenCircuit? Open { get; init; }

    /// <summary>By name, the connections whose latest call was refused.</summary>
    public ImmutableDictionary<string, RefusedConnection> Refused { get; init; } = ImmutableDictionary<string, RefusedConnection>.Empty;

    /// <summary>True when the shared entry says the same, so that its absence means that another instance closed the circuit.</summary>
    [JsonIgnore]
    public bool IsShared { get; init; }

    [JsonIgnore]
    public bool IsEmpty => Open is null && Refused.IsEmpty;

    /// <summary>
    /// After a refusal. A connection that was refused three times in a row while others were accepted is taken out: its trouble is its own,
    /// and no evidence against the client.
    /// </summary>
    public CircuitState AfterRefusal(string connection, string reason, bool isProof, TimeSpan? retryAfter, DateTimeOffset now)
    {
        if (Open is not null)
        {
            return AfterProbe(connection, reason, retryAfter, now);
        }

        var earlier = Refused.GetValueOrDefault(connection);
        var mine = new RefusedConnection((earlier?.Count ?? 0) + 1, IsEvidence: true, earlier?.OthersAccepted ?? false);
        if (mine.IsOwnTrouble && !isProof)
        {
            return new() { Refused = Refused.Remove(connection) };
        }

        var opens = isProof || Refused.Any(it => it.Value.IsEvidence && it.Key != connection);
        return new()
        {
            Refused = (Refused.Count < MaxNames ? Refused : Refused.Remove(Refused.Keys.First())).SetItem(connection, mine),
            Open = opens ? new(now, reason, 1, now + RefreshBackoff.After(1, retryAfter, Random.Shared.NextDouble()), [connection]) : null,
        };
    }

    /// <summary>After a call that did not close an open circuit.</summary>
    /// <param name="connection">The name of the connection that the call was made for.</param>
    /// <param name="reason">The OAuth error; null when the answer had none, which keeps the present reason.</param>
    /// <param name="retryAfter">What the provider asked for; null when it asked for nothing.</param>
    /// <param name="now">The present time.</param>
    public CircuitState AfterProbe(string connection, string? reason, TimeSpan? retryAfter, DateTimeOffset now) =>
        Open is not { } open ? this : new()
        {
            Refused = Refused,
            Open = new(
                open.Since,
                reason ?? open.Reason,
                open.Attempts + 1,
                now + RefreshBackoff.After(open.Attempts + 1, retryAfter, Random.Shared.NextDouble()),
                open.Probed.Length == MaxNames || open.HasProbed(connection) ? [connection] : [.. open.Probed, connection]),
        };

    /// <summary>After a token; the same instance when nothing changes.</summary>
    public CircuitState AfterSuccess(string connection)
    {
        var others = Refused.Remove(connection);
        return others.IsEmpty ? Closed
            : Open is null && others == Refused && others.Values.All(static it => it is { IsEvidence: false, OthersAccepted: true }) ? this
            : new()
            {
                Refused = others.SetItems(others.Select(static it =>
                    KeyValuePair.Create(it.Key, it.Value with { IsEvidence = false, OthersAccepted = true }))),
            };
    }
}

/// <summary>The provider refuses the gateway as its client: no call is made for any connection, except for one probe at a time.</summary>
/// <param name="Since">When the circuit opened.</param>
/// <param name="Reason">The OAuth error of the latest refusal (RFC 6749 section 5.2), such as <c>invalid_client</c>.</param>
/// <param name="Attempts">Calls in a row that did not close it: 1 or more.</param>
/// <param name="RetryAt">No instance sends a probe before, unless an operator asks for a refresh.</param>
/// <param name="Probed">Names of the connections that had their turn in the present round of probes.</param>
internal sealed record OpenCircuit(DateTimeOffset Since, string Reason, int Attempts, DateTimeOffset RetryAt, string[] Probed)
{
    public bool HasProbed(string connection) => Probed.Contains(connection, StringComparer.Ordinal);

    /// <summary>When a probe may be made for this connection. One that had its turn waits half a backoff more.</summary>
    public DateTimeOffset RetryAtFor(string connection) =>
        HasProbed(connection) ? RetryAt + (RefreshBackoff.After(Attempts, null, 0.5) / 2) : RetryAt;
}

/// <summary>A connection whose latest call was refused.</summary>
/// <param name="Count">Refusals in a row while the circuit was closed.</param>
/// <param name="IsEvidence">True until another connection gets a token; a second such connection opens the circuit.</param>
/// <param name="OthersAccepted">True when another connection got a token since the first refusal.</param>
internal sealed record RefusedConnection(int Count, bool IsEvidence, bool OthersAccepted)
{
    [JsonIgnore]
    public bool IsOwnTrouble => OthersAccepted && Count >= 3;
}

/// <summary>The shared entry.</summary>
/// <param name="Client">Fingerprint of the client configuration that the state is about.</param>
/// <param name="State">What holds.</param>
internal sealed record SharedCircuit(string Client, CircuitState State);

[JsonSerializable(typeof(SharedCircuit))]
internal sealed partial class SharedCircuitJson : JsonSerializerContext;
