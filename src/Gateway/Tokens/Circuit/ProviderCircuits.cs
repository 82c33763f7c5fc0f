using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

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
