using System.Diagnostics.Metrics;

using Gateway.Model;
using Gateway.Observability;
using Gateway.Tokens.Refreshing;
using Gateway.Tokens.TokenEndpoint;

namespace Gateway.Tokens.Circuit;

/// <summary>
/// One alarm per provider while it refuses the gateway's client credentials: raised by the call that was refused, ended by the first that
/// brings a token or by another configuration of the client. Connections keep their tokens meanwhile.
/// </summary>
internal sealed partial class ProviderAlarms
{
    // Refreshes ask at most this often what other instances know.
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly ClientStandings _standings;
    private readonly SharedAlarms _shared;
    private readonly ProviderCatalog _catalog;
    private readonly TimeProvider _clock;
    private readonly ILogger<ProviderAlarms> _logger;

    public ProviderAlarms(
        SharedAlarms shared, ProviderCatalog catalog, TimeProvider clock, GatewayMetrics metrics, ILogger<ProviderAlarms> logger)
    {
        (_standings, _shared, _catalog, _clock, _logger) = (new(clock), shared, catalog, clock, logger);
        metrics.ObserveMisconfigured(Observe);
    }

    public ClientStanding StandingOf(string provider, OAuthClient client) => _standings.Of(provider, client);

    /// <summary>What this instance knows; what others know comes in the background.</summary>
    public ClientStanding Find(string provider, OAuthClient client)
    {
        var standing = StandingOf(provider, client);
        _ = standing.LookOnce(_clock.GetUtcNow(), LookInterval, _shared.LookAsync);
        return standing;
    }

    /// <summary>What all instances know.</summary>
    /// <param name="provider">The provider's name.</param>
    /// <param name="client">The client in force.</param>
    /// <param name="now">True to ask the others; false when a look less than a second old will do.</param>
    public async Task<ClientStanding> LookAsync(string provider, OAuthClient client, bool now)
    {
        var standing = StandingOf(provider, client);
        await (now ? _shared.LookAsync(standing) : standing.LookOnce(_clock.GetUtcNow(), LookInterval, _shared.LookAsync));
        return standing;
    }

    /// <summary>Takes in how a token call ended.</summary>
    /// <param name="standing">Of the client that called.</param>
    /// <param name="failure">Null for a token.</param>
    public Task ReportAsync(ClientStanding standing, TokenFailure? failure) => failure switch
    {
        null => EndAsync(standing),
        _ when TokenFailureTable.RefusesClient(failure.Reason) => RaiseAsync(standing, failure),
        { Outcome: RefreshOutcome.Transient } when standing.Alarm is { } alarm => ProlongAsync(standing, alarm, alarm.Reason, failure.RetryAfter),
        _ => Task.CompletedTask,
    };

    /// <summary>Takes in which of the client's secrets the provider accepted.</summary>
    public void Accepted(ClientStanding standing, int secret)
    {
        if (!standing.TryUse(secret))
        {
            return;
        }

        if (secret == 0)
        {
            Log.FirstSecretInUse(_logger, standing.Provider);
        }
        else
        {
            Log.OlderSecretInUse(_logger, standing.Provider, secret);
        }
    }

    private async Task RaiseAsync(ClientStanding standing, TokenFailure failure)
    {
        if (standing.Alarm is { } known)
        {
            await ProlongAsync(standing, known, failure.Reason, failure.RetryAfter);
            return;
        }

        Log.Raised(_logger, standing.Provider, failure.Reason);
        var now = _clock.GetUtcNow();
        await _shared.TellAsync(standing, new(now, failure.Reason, 1, now + RefreshBackoff.After(1, failure.RetryAfter, Random.Shared.NextDouble())));
    }

    private Task ProlongAsync(ClientStanding standing, ProviderAlarm alarm, string reason, TimeSpan? retryAfter)
    {
        var attempts = alarm.Attempts + 1;
        var retryAt = _clock.GetUtcNow() + RefreshBackoff.After(attempts, retryAfter, Random.Shared.NextDouble());
        return _shared.TellAsync(standing, alarm with { Reason = reason, Attempts = attempts, RetryAt = retryAt });
    }

    private async Task EndAsync(ClientStanding standing)
    {
        if (standing.Alarm is { } alarm)
        {
            Log.Ended(_logger, standing.Provider, alarm.Since);
            await _shared.EndAsync(standing);
        }
    }

    // Called by scrapes.
    private IEnumerable<Measurement<int>> Observe()
    {
        foreach (var provider in _catalog.All)
        {
            if (provider.OAuth is { } client)
            {
                var value = Find(provider.Name, client).Alarm is null ? 0 : 1;
                yield return new(value, new KeyValuePair<string, object?>(GatewayTags.Provider, provider.Name));
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2071, LogLevel.Error,
            "Provider {Provider} refuses the gateway's client credentials ({Reason}). Its connections keep their tokens; none is renewed before this ends.")]
        public static partial void Raised(ILogger logger, string provider, string reason);

        [LoggerMessage(2072, LogLevel.Information, "Provider {Provider} takes the gateway's client credentials again; it refused them since {Since:u}.")]
        public static partial void Ended(ILogger logger, string provider, DateTimeOffset since);

        [LoggerMessage(2073, LogLevel.Warning, "Provider {Provider} refuses the first of ClientSecrets and takes the one at index {Index}.")]
        public static partial void OlderSecretInUse(ILogger logger, string provider, int index);

        [LoggerMessage(2074, LogLevel.Information, "Provider {Provider} takes the first of ClientSecrets again.")]
        public static partial void FirstSecretInUse(ILogger logger, string provider);
    }
}
