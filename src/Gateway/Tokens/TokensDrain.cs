using Gateway.Model;
using Gateway.Tokens.Refreshing;

namespace Gateway.Tokens;

/// <summary>Holds the shutdown until refreshes in the air have landed and their grants are saved, for as long as the host allows.</summary>
internal sealed partial class TokensDrain(
    TokenRefresher refresher, GrantOutbox outbox, IInstanceRegistry instances, TimeProvider clock, ILogger<TokensDrain> logger)
        : IHostedService
{
    // Of the host's thirty seconds; what comes after it wants to stop in order too.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        try
        {
            await DrainAsync().WaitAsync(Longest, clock, cancellationToken);

            // Nothing bears this instance's id any more, neither in the store nor in the journal.
            if (!refresher.HasCrashed)
            {
                instances.Retire();
            }
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            Log.Abandoned(logger, refresher.InFlight.Count(), outbox.Pending.Count());
        }
    }

    // Flights first: one may land as an unsaved grant. A crash was logged where it happened.
    private async Task DrainAsync()
    {
        await Task.WhenAll(refresher.InFlight).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(outbox.Pending);
    }

    private static partial class Log
    {
        [LoggerMessage(2040, LogLevel.Error, "Stopping with {Refreshes} refreshes unfinished and {Unsaved} rotated grants unsaved.")]
        public static partial void Abandoned(ILogger logger, int refreshes, int unsaved);
    }
}
