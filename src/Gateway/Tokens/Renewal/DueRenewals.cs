using Gateway.Model;
using Gateway.Tokens.Refreshing;

namespace Gateway.Tokens.Renewal;

/// <summary>Takes on what is due at one provider, no more than can be done now, so that other instances can take the rest.</summary>
internal sealed class DueRenewals(
    IRenewalSchedule schedule, IConnectionStore store, BackgroundRefreshes refreshes, RefreshSlots slots, TimeProvider clock)
{
    // One claim moves at most so many names: the server does nothing else meanwhile.
    private const int LargestBatch = 64;

    // Beyond the token call: reads, lease and write. Too short does no harm: lease and record keep a second refresh away.
    private static readonly TimeSpan ClaimMargin = TimeSpan.FromSeconds(5);

    /// <summary>One look at the schedule. What it begins, it has begun when it returns, and that goes on by itself.</summary>
    /// <param name="provider">The provider in force, one that renews unasked.</param>
    /// <param name="cancellationToken">Ends the look, not what it began.</param>
    /// <returns>When to look again.</returns>
    /// <exception cref="StoreUnavailableException">The store can't answer; nothing was begun.</exception>
    public async Task<DateTimeOffset> TakeOnAsync(Provider provider, CancellationToken cancellationToken)
    {
        var free = slots.NextFree(provider);
        var limit = Math.Min(slots.CountFree(provider), LargestBatch);
        if (limit == 0)
        {
            // Every refresh ends by its own deadlines, so this does.
            await free.WaitAsync(cancellationToken);
            return clock.GetUtcNow();
        }

        var batch = await schedule.ClaimAsync(provider.Name, limit, provider.OAuth!.TokenTimeout + ClaimMargin, cancellationToken);
        await Task.WhenAll(batch.Due.Select(id => BeginAsync(provider, id, cancellationToken)));
        return batch.Due.Count == limit ? clock.GetUtcNow() : batch.NextAt;
    }

    private async Task BeginAsync(Provider provider, ConnectionId id, CancellationToken cancellationToken)
    {
        if (await PrepareAsync(provider, id, cancellationToken) is { } request)
        {
            // Requests may have taken what was free.
            await slots.TakeAsync(provider, cancellationToken);
            _ = refreshes.RunAsync(request);
        }
    }

    // The schedule's word is checked: it may be older than the record, or than the configuration.
    private async Task<RefreshRequest?> PrepareAsync(Provider provider, ConnectionId id, CancellationToken cancellationToken)
    {
        try
        {
            var stored = await store.ReadAsync(id, cancellationToken);
            if (stored is not null && RenewalTerms.Of(stored).UnaskedAt(provider.OAuth, jitter: 0) <= clock.GetUtcNow())
            {
                return new RefreshRequest(provider, id, RefreshTrigger.Expiry, stored.TokenGeneration);
            }

            await schedule.CorrectAsync(id, cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            // No refresh is begun. The name comes back when the claim ends.
        }

        return null;
    }
}
