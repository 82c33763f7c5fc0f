using Gateway.Tokens.Refreshing;

namespace Gateway.Tokens.Renewal;

/// <summary>Refreshes that nobody waits for, within the provider's <see cref="RefreshSlots"/>.</summary>
internal sealed class BackgroundRefreshes(TokenRefresher refresher, RefreshSlots slots)
{
    /// <summary>
    /// Begins a refresh if a slot is free, and otherwise does nothing: the request that saw the need was served, and the schedule or a later
    /// request will see it again.
    /// </summary>
    public void Offer(RefreshRequest request)
    {
        if (slots.TryTake(request.Provider))
        {
            _ = RunAsync(request);
        }
    }

    /// <summary>A refresh in a slot that is taken already; gives the slot back. How it ended is counted and logged where it ran.</summary>
    public async Task RunAsync(RefreshRequest request)
    {
        try
        {
            await refresher.RefreshInBackground(request).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        finally
        {
            slots.GiveBack(request.Provider);
        }
    }
}
