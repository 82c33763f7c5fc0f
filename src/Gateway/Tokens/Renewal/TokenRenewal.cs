using Gateway.Model;
using Gateway.Tokens.Circuit;

namespace Gateway.Tokens.Renewal;

/// <summary>
/// Renews tokens before they expire, whether or not a request asks: a loop for each provider, so that one that hangs holds up no other.
/// It waits for what is due next. At a stop it takes on nothing more; what it began is left to <see cref="TokensDrain"/>, which stops later.
/// </summary>
internal sealed partial class TokenRenewal(
    ProviderCatalog catalog, DueRenewals renewals, ProviderAlarms alarms, TimeProvider clock, ILogger<TokenRenewal> logger) : BackgroundService
{
    // What other instances add to the schedule is noticed after this at the latest; also how soon a new provider is, and a store that is back.
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    // Moments are kept in milliseconds: looking more often would find the same.
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(10);

    // Instances that wait for the same moment don't ask at the same moment.
    private const double JitterMilliseconds = 100;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var loops = new Dictionary<string, Task>(StringComparer.Ordinal);
        using var timer = new PeriodicTimer(LongestPause, clock);
        try
        {
            do
            {
                foreach (var provider in catalog.All.Where(provider => provider.OAuth is { RenewsUnasked: true } && !IsRunning(loops, provider)))
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

    private static bool IsRunning(Dictionary<string, Task> loops, Provider provider) =>
        loops.TryGetValue(provider.Name, out var loop) && !loop.IsCompleted;

    // Until the configuration in force has the provider no more, or not as one that is renewed.
    private async Task RunAsync(string name, CancellationToken stoppingToken)
    {
        while (catalog.Find(name) is { OAuth.RenewsUnasked: true } provider)
        {
            var again = BarredUntil(provider) ?? await LookAsync(provider, stoppingToken);
            await Task.Delay(PauseUntil(again), clock, stoppingToken);
        }
    }

    // While the provider refuses the gateway's client, nothing is taken on that could not be done.
    private DateTimeOffset? BarredUntil(Provider provider) =>
        alarms.Find(provider.Name, provider.OAuth!).Alarm is { } alarm && alarm.RetryAt > clock.GetUtcNow() ? alarm.RetryAt : null;

    // Whatever goes wrong, the loop goes on.
    private async Task<DateTimeOffset> LookAsync(Provider provider, CancellationToken stoppingToken)
    {
        try
        {
            return await renewals.TakeOnAsync(provider, stoppingToken);
        }
        catch (StoreUnavailableException e)
        {
            Log.StoreAway(logger, provider.Name, e.Message);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Log.Crashed(logger, provider.Name, e);
        }

        return DateTimeOffset.MaxValue;
    }

    private TimeSpan PauseUntil(DateTimeOffset again)
    {
        var pause = again - clock.GetUtcNow();
        if (pause <= TimeSpan.Zero)
        {
            return ShortestPause;
        }

        return (pause < LongestPause ? pause : LongestPause) + TimeSpan.FromMilliseconds(Random.Shared.NextDouble() * JitterMilliseconds);
    }

    private static partial class Log
    {
        [LoggerMessage(2090, LogLevel.Debug, "No token of {Provider} is renewed ahead of its expiry for now: {Reason}")]
        public static partial void StoreAway(ILogger logger, string provider, string reason);

        [LoggerMessage(2091, LogLevel.Error, "Looking for tokens of {Provider} to renew failed unexpectedly; it is tried again.")]
        public static partial void Crashed(ILogger logger, string provider, Exception exception);
    }
}
