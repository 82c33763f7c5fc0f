using Gateway.Model;
using Gateway.Tokens.Refreshing;

namespace Gateway.Tokens.Renewal;

/// <summary>Begins what is due at one provider, no more than can run now, so that other instances can claim the rest.</summary>
internal sealed class DueRenewals(
    IRenewalSchedule schedule, IConnectionStore store, BackgroundRefreshes refreshes, TimeProvider clock)
{
    // Bounds the script that claims: the server does nothing else meanwhile.
    private const int LargestBatch = 64;

    // Beyond the token call: reads, lease and write. A claim that ends too early costs a look; lease and record prevent a second refresh.
    private static readonly TimeSpan ClaimMargin = TimeSpan.FromSeconds(5);

    /// <summary>Looks at the schedule once. What it begins continues after it returns.</summary>
    /// <param name="provider">The provider in force, one whose tokens are renewed without a request.</param>
    /// <param name="cancellationToken">Ends the look, not what it began.</param>
    /// <returns>When to look again.</returns>
    /// <exception cref="StoreUnavailableException">The store can't answer; nothing was begun.</exception>
    public async Task<DateTimeOffset> BeginAsync(Provider provider, CancellationToken cancellationToken)
    {
        var free = refreshes.NextFree(provider);
        var limit = Math.Min(refreshes.CountFree(provider), LargestBatch);
        if (limit == 0)
        {
            // Every refresh has its own deadlines, so this ends.
            await free.WaitAsync(cancellationToken);
            return clock.GetUtcNow();
        }

        var batch = await schedule.ClaimAsync(provider.Name, limit, provider.OAuth!.TokenTimeout + ClaimMargin, cancellationToken);
        await Task.WhenAll(batch.Due.Select(id => BeginAsync(provider, id, cancellationToken)));
        return batch.Due.Count == limit ? clock.GetUtcNow() : batch.NextAt;
    }

    // The schedule may be older than the record or the configuration: check.
    private async Task BeginAsync(Provider provider, ConnectionId id, CancellationToken cancellationToken)
    {
        try
        {
            var stored = await store.ReadAsync(id, cancellationToken);
            if (stored is not null && RenewalTerms.Of(stored).UnaskedAt(provider.OAuth, jitter: 0) <= clock.GetUtcNow())
            {
                await refreshes.BeginAsync(new(provider, id, RefreshTrigger.Expiry, stored.TokenGeneration), cancellationToken);
            }
            else
            {
                await schedule.CorrectAsync(id, cancellationToken);
            }
        }
        catch (StoreUnavailableException)
        {
            // Nothing was begun. The name is due again when the claim ends.
        }
    }
}
