using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using System.Text.Json;
using System.Text;

using Gateway.Model;
using Gateway.Observability;

using Microsoft.Extensions.Caching.Distributed;

namespace Gateway.Tokens.Circuit;

/// <summary>
/// A circuit breaker for each provider, shared through one entry of the distributed cache. It is known from memory; the entry is looked up
/// in the background. A lost entry is written again, and a cache that does not answer delays a failed call by half a second at most.
/// </summary>
internal sealed partial class ProviderCircuits
{
    private static readonly TimeSpan LookUpInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CacheTimeout = TimeSpan.FromMilliseconds(500);
    private static readonly DistributedCacheEntryOptions EntryLifetime = new() { AbsoluteExpirationRelativeToNow = TimeSpan.FromDays(1) };

    // By client configuration, of which a process has few: requests of an old one may still run, and an old one may come back.
    private readonly ConcurrentDictionary<(string Provider, string Fingerprint), ProviderCircuit> _circuits = new();

    // Saves hashing at each call; an entry goes with its configuration.
    private readonly ConditionalWeakTable<OAuthClient, ProviderCircuit> _byClient = [];

    private readonly IDistributedCache _cache;
    private readonly ProviderCatalog _catalog;
    private readonly TimeProvider _clock;
    private readonly ILogger<ProviderCircuits> _logger;

    public ProviderCircuits(
        IDistributedCache cache, ProviderCatalog catalog, TimeProvider clock, GatewayMetrics metrics, ILogger<ProviderCircuits> logger)
    {
        (_cache, _catalog, _clock, _logger) = (cache, catalog, clock, logger);
        metrics.ObserveMisconfigured(Observe);
    }

    /// <summary>The circuit as this instance knows it.</summary>
    public ProviderCircuit Get(string provider, OAuthClient client) => _byClient.TryGetValue(client, out var circuit) ? circuit
        : _byClient.GetValue(client, it => _circuits.GetOrAdd(
            (provider, FingerprintOf(it)), static (key, clock) => new(key.Provider, key.Fingerprint, clock.GetUtcNow()), _clock));

    /// <summary>As <see cref="Get"/>. Looks up in the background, at most once a second, what other instances know.</summary>
    public ProviderCircuit Find(string provider, OAuthClient client)
    {
        var circuit = Get(provider, client);
        if (circuit.TryClaimLookUp(_clock.GetUtcNow(), LookUpInterval))
        {
            ThreadPool.UnsafeQueueUserWorkItem(static it => _ = it.Item1.LookUpAsync(it.circuit), (this, circuit), preferLocal: false);
        }

        return circuit;
    }

    /// <summary>As <see cref="Get"/>, looked up first.</summary>
    public async Task<ProviderCircuit> FindNowAsync(string provider, OAuthClient client)
    {
        var circuit = Get(provider, client);
        await LookUpAsync(circuit);
        return circuit;
    }

    /// <summary>Looks up what other instances know, if the cache answers in time.</summary>
    public async Task LookUpAsync(ProviderCircuit circuit)
    {
        var before = circuit.State;
        SharedCircuit? entry = null;
        var isRead = await TryAsync(circuit, async () => entry = await _cache.GetAsync(circuit.Key, CancellationToken.None) is { } value
            ? JsonSerializer.Deserialize(value, SharedCircuitJson.Default.SharedCircuit)
            : null);
        if (!isRead)
        {
            return;
        }

        if (entry?.Client == circuit.Fingerprint)
        {
            circuit.Change(state => state == before ? entry.State with { IsShared = true } : state);
        }
        else if (entry is null && before.IsShared)
        {
            circuit.Change(state => state == before ? CircuitState.Closed : state);
        }
        else if (entry is null && !before.IsEmpty)
        {
            await ShareAsync(circuit, before);
        }
    }

    /// <summary>Records that a call brought a token. Costs nothing while no refusal is known.</summary>
    public async Task ReportSuccessAsync(ProviderCircuit circuit, string connection)
    {
        if (circuit.State.IsEmpty)
        {
            return;
        }

        await LookUpAsync(circuit);
        var before = circuit.State;
        var after = before.AfterSuccess(connection);
        if (after == before)
        {
            return;
        }

        if (before.Open is { } open)
        {
            Log.Closed(_logger, circuit.Provider, open.Since);
        }

        // Memory comes last: a look-up that read the entry before this write finds that the memory has changed, and gives up.
        var isShared = await WriteAsync(circuit, after);
        circuit.Change(state =>
            state.AfterSuccess(connection) is { IsEmpty: false } next ? next with { IsShared = isShared } : CircuitState.Closed);
    }

    /// <summary>Records that the provider refused a call with an error about the client or its request.</summary>
    /// <param name="circuit">Of the client that called.</param>
    /// <param name="connection">The name of the connection that the call was made for.</param>
    /// <param name="reason">The OAuth error.</param>
    /// <param name="isProof">True when the call presented nothing but the client itself, as client credentials do.</param>
    /// <param name="retryAfter">What the provider asked for; null when it asked for nothing.</param>
    /// <returns>True when the trouble is the connection's own: it was refused three times in a row while others were accepted.</returns>
    public async Task<bool> ReportRefusalAsync(
        ProviderCircuit circuit, string connection, string reason, bool isProof, TimeSpan? retryAfter)
    {
        // Refusals that instances meet at the same time count together.
        await LookUpAsync(circuit);
        var (now, wasOpen) = (_clock.GetUtcNow(), circuit.Open is not null);
        var state = circuit.Change(state => state.AfterRefusal(connection, reason, isProof, retryAfter, now));
        var isOwnTrouble = state.Open is null && !state.Refused.ContainsKey(connection);
        if (isOwnTrouble)
        {
            Log.OwnTrouble(_logger, circuit.Provider, connection, reason);
        }
        else if (state.Open is null)
        {
            Log.Refused(_logger, circuit.Provider, connection, reason);
        }
        else if (!wasOpen)
        {
            Log.Opened(_logger, circuit.Provider, reason);
        }

        // A caller waits for the failed call: it does not wait for this write, too.
        _ = ShareAsync(circuit, state);
        return isOwnTrouble;
    }

    /// <summary>Records a call that failed without an error about the client: the next probe of an open circuit waits longer.</summary>
    public void ReportNoAnswer(ProviderCircuit circuit, string connection, TimeSpan? retryAfter)
    {
        if (circuit.Open is not null)
        {
            var now = _clock.GetUtcNow();
            _ = ShareAsync(circuit, circuit.Change(state => state.AfterProbe(connection, null, retryAfter, now)));
        }
    }

    private async Task ShareAsync(ProviderCircuit circuit, CircuitState state)
    {
        if (await WriteAsync(circuit, state) && !state.IsEmpty)
        {
            circuit.Change(now => now == state ? state with { IsShared = true } : now);
        }
    }

    private Task<bool> WriteAsync(ProviderCircuit circuit, CircuitState state) => TryAsync(circuit, () => state.IsEmpty
        ? _cache.RemoveAsync(circuit.Key, CancellationToken.None)
        : _cache.SetAsync(
            circuit.Key,
            JsonSerializer.SerializeToUtf8Bytes(new(circuit.Fingerprint, state), SharedCircuitJson.Default.SharedCircuit),
            EntryLifetime,
            CancellationToken.None));

    // IDistributedCache names no exceptions that an implementation may throw.
    private async Task<bool> TryAsync(ProviderCircuit circuit, Func<Task> call)
    {
        try
        {
            await call().WaitAsync(CacheTimeout, _clock);
            return true;
        }
        catch (Exception e)
        {
            Log.NotShared(_logger, circuit.Provider, e.GetType().Name);
            return false;
        }
    }

    // What a refusal is about. The cache seals the entry: short secrets could be found from a hash.
    private static string FingerprintOf(OAuthClient client)
    {
        var text = string.Join('\0', [
            $"{client.Grant} {client.ClientAuthentication}", client.TokenEndpoint?.Text ?? client.Discovery?.AbsoluteUri ?? "",
            client.ClientId, .. client.Scopes, "", .. client.ClientSecrets.Select(static secret => secret.Reveal())]);
        return Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
    }

    // Called by scrapes.
    private IEnumerable<Measurement<int>> Observe() =>
        from provider in _catalog.All
        where provider.OAuth is not null
        select new Measurement<int>(
            Find(provider.Name, provider.OAuth!).Open is null ? 0 : 1, KeyValuePair.Create(GatewayTags.Provider, (object?)provider.Name));

    private static partial class Log
    {
        [LoggerMessage(2070, LogLevel.Debug, "The circuit of provider {Provider} is not shared now ({Cause}).")]
        public static partial void NotShared(ILogger logger, string provider, string cause);

        [LoggerMessage(2071, LogLevel.Error,
            "Provider {Provider} refuses the gateway's client credentials ({Reason}). "
            + "Its connections keep their tokens; none is renewed meanwhile.")]
        public static partial void Opened(ILogger logger, string provider, string reason);

        [LoggerMessage(2072, LogLevel.Information,
            "Provider {Provider} accepts the gateway's client credentials again; it refused them since {Since:u}.")]
        public static partial void Closed(ILogger logger, string provider, DateTimeOffset since);

        [LoggerMessage(2075, LogLevel.Warning, "Connection {Provider}/{Connection}: the provider refused its refresh ({Reason}).")]
        public static partial void Refused(ILogger logger, string provider, string connection, string reason);

        [LoggerMessage(2076, LogLevel.Error,
            "Connection {Provider}/{Connection}: the provider refused three refreshes ({Reason}) "
            + "and accepted those of other connections; connect it again.")]
        public static partial void OwnTrouble(ILogger logger, string provider, string connection, string reason);
    }
}

/// <summary>What this process knows of a provider and one configuration of the gateway's client there.</summary>
/// <param name="provider">The provider's name.</param>
/// <param name="fingerprint">Of the configuration: the shared entry of another one says nothing.</param>
/// <param name="since">When this process first had the configuration.</param>
internal sealed class ProviderCircuit(string provider, string fingerprint, DateTimeOffset since)
{
    // Held for a change of the state: by token calls that find trouble, and by look-ups.
    private readonly Lock _gate = new();

    // Read by refreshes, scrapes and operators.
    private volatile CircuitState _state = CircuitState.Closed;

    // Ticks; moved on by the one caller that claims the next look-up.
    private long _lookUpAt;

    // Written by token calls that succeed.
    private volatile int _secretInUse;

    public string Provider => provider;

    public string Fingerprint => fingerprint;

    public DateTimeOffset Since => since;

    public string Key => $"provider-circuit:{provider}";

    public CircuitState State => _state;

    /// <summary>Null while the circuit is closed.</summary>
    public OpenCircuit? Open => _state.Open;

    /// <summary>Index of the client secret that the provider accepted last.</summary>
    public int SecretInUse => _secretInUse;

    /// <returns>False when it was in use already.</returns>
    public bool TryUse(int secret) => Interlocked.Exchange(ref _secretInUse, secret) != secret;

    /// <returns>The state after the change.</returns>
    public CircuitState Change(Func<CircuitState, CircuitState> change)
    {
        lock (_gate)
        {
            return _state = change(_state);
        }
    }

    /// <summary>True for one caller in each interval.</summary>
    public bool TryClaimLookUp(DateTimeOffset now, TimeSpan interval)
    {
        var due = Volatile.Read(ref _lookUpAt);
        return now.UtcTicks >= due && Interlocked.CompareExchange(ref _lookUpAt, (now + interval).UtcTicks, due) == due;
    }
}

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
