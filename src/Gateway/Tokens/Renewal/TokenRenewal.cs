using Gateway.Model;
using Gateway.Tokens.Circuit;
using Gateway.Tokens.Refreshing;

using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Gateway.Tokens.Renewal;

/// <summary>
/// Renews tokens before they expire, without a request that needs them: one loop for each provider, so that a provider that hangs delays no
/// other. Each loop waits for what is due next. After a stop it begins nothing more; <see cref="TokensDrain"/>, which stops later, waits
/// for what runs.
/// </summary>
internal sealed partial class TokenRenewal(
    ProviderCatalog catalog,
    IRenewalSchedule schedule,
    IConnectionStore store,
    BackgroundRefreshes refreshes,
    ProviderCircuits circuits,
    TimeProvider clock,
    ILogger<TokenRenewal> logger) : BackgroundService
{
    // Bounds the script that claims: the server does nothing else meanwhile.
    private const int LargestBatch = 64;

    // Beyond the token call: reads, lease and write. A claim that ends too early costs a look; lease and record prevent a second refresh.
    private static readonly TimeSpan ClaimMargin = TimeSpan.FromSeconds(5);

    // The longest time until the loop notices what other instances added to the schedule, a new provider, or a store that answers again.
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    // The schedule counts milliseconds.
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(10);

    // Instances that wait for the same moment ask at different ones.
    private const double JitterMilliseconds = 100;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var loops = new Dictionary<string, Task>(StringComparer.Ordinal);
        using var timer = new PeriodicTimer(LongestPause, clock);
        try
        {
            do
            {
                foreach (var provider in catalog.All.Where(provider => provider.OAuth is { RenewsUnasked: true }
                    && loops.GetValueOrDefault(provider.Name) is null or { IsCompleted: true }))
                {
                    loops[provider.Name] = RunAsync(provider.Name, stoppingToken);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        finally
        {
            await Task.WhenAll(loops.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // Ends when the configuration in force no longer has the provider, or no longer has it renewed.
    private async Task RunAsync(string name, CancellationToken stoppingToken)
    {
        while (catalog.Find(name) is { OAuth.RenewsUnasked: true } provider)
        {
            // While the circuit is open, nothing is claimed that could not be done.
            var retryAt = circuits.Find(name, provider.OAuth).Open?.RetryAt;
            var next = retryAt > clock.GetUtcNow() ? retryAt.Value : await RenewDueAsync(provider, stoppingToken);
            await Task.Delay(PauseUntil(next), clock, stoppingToken);
        }
    }

    // When to look again. What it begins continues after it returns.
    private async Task<DateTimeOffset> RenewDueAsync(Provider provider, CancellationToken stoppingToken)
    {
        try
        {
            return await BeginDueAsync(provider, stoppingToken);
        }
        catch (StoreUnavailableException e)
        {
            Log.StoreUnavailable(logger, provider.Name, e.Message);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Log.Crashed(logger, provider.Name, e);
        }

        return DateTimeOffset.MaxValue;
    }

    // No more than can run now, so that other instances can claim the rest.
    private async Task<DateTimeOffset> BeginDueAsync(Provider provider, CancellationToken stoppingToken)
    {
        var limit = Math.Min(refreshes.CountFree(provider), LargestBatch);
        if (limit == 0)
        {
            // Every refresh has its own deadlines, so this ends.
            await refreshes.WaitAsync(provider, stoppingToken);
            return clock.GetUtcNow();
        }

        var batch = await schedule.ClaimAsync(provider.Name, limit, provider.OAuth!.TokenTimeout + ClaimMargin, stoppingToken);
        await Task.WhenAll(batch.Due.Select(id => BeginAsync(provider, id, stoppingToken)));
        return batch.Due.Count == limit ? clock.GetUtcNow() : batch.NextAt;
    }

    // The schedule may be older than the record or the configuration: check.
    private async Task BeginAsync(Provider provider, ConnectionId id, CancellationToken stoppingToken)
    {
        try
        {
            var stored = await store.ReadAsync(id, stoppingToken);
            if (stored is not null && RenewalTerms.Of(stored).UnaskedAt(provider.OAuth, jitter: 0) <= clock.GetUtcNow())
            {
                await refreshes.BeginAsync(new(provider, id, RefreshTrigger.Expiry, stored.TokenGeneration), stoppingToken);
            }
            else
            {
                await schedule.CorrectAsync(id, stoppingToken);
            }
        }
        catch (StoreUnavailableException)
        {
            // Nothing was begun. The name is due again when the claim ends.
        }
    }

    private TimeSpan PauseUntil(DateTimeOffset next)
    {
        var pause = next - clock.GetUtcNow();
        if (pause <= TimeSpan.Zero)
        {
            return ShortestPause;
        }

        return (pause < LongestPause ? pause : LongestPause) + TimeSpan.FromMilliseconds(Random.Shared.NextDouble() * JitterMilliseconds);
    }

    private static partial class Log
    {
        [LoggerMessage(2090, LogLevel.Debug, "No token of {Provider} is renewed ahead of its expiry for now: {Reason}")]
        public static partial void StoreUnavailable(ILogger logger, string provider, string reason);

        [LoggerMessage(2091, LogLevel.Error, "Looking for tokens of {Provider} to renew failed unexpectedly; it is tried again.")]
        public static partial void Crashed(ILogger logger, string provider, Exception exception);
    }
}

/// <summary>Registers <see cref="TokenRenewal"/>.</summary>
public static class RenewalExtensions
{
    /// <summary>
    /// Starts renewing what <see cref="IRenewalSchedule"/> says is due. Call it after <see cref="TokensExtensions.AddGatewayTokens"/>, so
    /// that at shutdown it stops first.
    /// </summary>
    public static IServiceCollection AddGatewayRenewal(this IServiceCollection services)
    {
        services.TryAddSingleton<ProviderCatalog>();
        return services.AddHostedService<TokenRenewal>();
    }
}
