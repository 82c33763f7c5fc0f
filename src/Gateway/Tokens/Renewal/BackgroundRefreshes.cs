using System.Collections.Concurrent;

using Gateway.Model;
using Gateway.Tokens.Refreshing;

namespace Gateway.Tokens.Renewal;

/// <summary>
/// Runs refreshes that no request waits for, a limited number for each provider in this process
/// (<see cref="OAuthClient.MaxParallelRefreshes"/>). A refresh that a request waits for does not count.
/// </summary>
internal sealed class BackgroundRefreshes(TokenRefresher refresher)
{
    // A reload that changes the limit starts a new count beside the one that runs out.
    private readonly ConcurrentDictionary<(string Provider, int Limit), SemaphoreSlim> _slots = new();

    /// <summary>How many could begin at this moment; requests may begin some in the next.</summary>
    public int CountFree(Provider provider) => SlotsOf(provider).CurrentCount;

    /// <summary>Waits until a refresh could begin.</summary>
    public async Task WaitAsync(Provider provider, CancellationToken cancellationToken)
    {
        var slots = SlotsOf(provider);
        await slots.WaitAsync(cancellationToken);
        slots.Release();
    }

    /// <summary>
    /// Begins a refresh if a slot is free, else does nothing: the request that saw the need was served, and the schedule or a later request
    /// sees it again.
    /// </summary>
    public void Offer(RefreshRequest request)
    {
        var slots = SlotsOf(request.Provider);
        if (slots.Wait(0))
        {
            _ = RunAsync(request, slots);
        }
    }

    /// <summary>Begins a refresh as soon as a slot is free.</summary>
    public async Task BeginAsync(RefreshRequest request, CancellationToken cancellationToken)
    {
        var slots = SlotsOf(request.Provider);
        await slots.WaitAsync(cancellationToken);
        _ = RunAsync(request, slots);
    }

    // The result is counted and logged by the refresher.
    private async Task RunAsync(RefreshRequest request, SemaphoreSlim slots)
    {
        await refresher.RefreshInBackground(request).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        slots.Release();
    }

    private SemaphoreSlim SlotsOf(Provider provider) =>
        _slots.GetOrAdd((provider.Name, provider.OAuth!.MaxParallelRefreshes), static key => new(key.Limit));
}
