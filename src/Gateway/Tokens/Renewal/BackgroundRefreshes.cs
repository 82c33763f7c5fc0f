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
    private readonly ConcurrentDictionary<string, RefreshSlots> _slots = new(StringComparer.Ordinal);

    /// <summary>How many could begin at this moment; requests may begin some in the next.</summary>
    public int CountFree(Provider provider) => SlotsOf(provider).CountFree(LimitOf(provider));

    /// <summary>Completes when a refresh ends: see <see cref="RefreshSlots.NextFree"/>.</summary>
    public Task NextFree(Provider provider) => SlotsOf(provider).NextFree;

    /// <summary>
    /// Begins a refresh if a slot is free, else does nothing: the request that saw the need was served, and the schedule or a later request
    /// sees it again.
    /// </summary>
    public void Offer(RefreshRequest request)
    {
        if (SlotsOf(request.Provider).TryTake(LimitOf(request.Provider)))
        {
            _ = RunAsync(request);
        }
    }

    /// <summary>Begins a refresh as soon as a slot is free.</summary>
    public async Task BeginAsync(RefreshRequest request, CancellationToken cancellationToken)
    {
        await SlotsOf(request.Provider).TakeAsync(LimitOf(request.Provider), cancellationToken);
        _ = RunAsync(request);
    }

    // The result is counted and logged by the refresher.
    private async Task RunAsync(RefreshRequest request)
    {
        await refresher.RefreshInBackground(request).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        SlotsOf(request.Provider).Return();
    }

    // Of the configuration in force: after it was lowered, more may be taken than it allows.
    private static int LimitOf(Provider provider) => provider.OAuth!.MaxParallelRefreshes;

    private RefreshSlots SlotsOf(Provider provider) => _slots.GetOrAdd(provider.Name, static _ => new RefreshSlots());
}

/// <summary>How many background refreshes of one provider run in this process. The limit comes with each call, as a reload may change it.</summary>
internal sealed class RefreshSlots
{
    // Guards both fields; held for a few instructions.
    private readonly Lock _gate = new();
    private TaskCompletionSource _free = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _taken;

    /// <summary>Completes when a slot is returned. Take it before looking for a free one, so that none is missed in between.</summary>
    public Task NextFree
    {
        get
        {
            lock (_gate)
            {
                return _free.Task;
            }
        }
    }

    public int CountFree(int limit)
    {
        lock (_gate)
        {
            return Math.Max(0, limit - _taken);
        }
    }

    public bool TryTake(int limit)
    {
        lock (_gate)
        {
            if (_taken >= limit)
            {
                return false;
            }

            _taken++;
            return true;
        }
    }

    /// <summary>Takes a slot as soon as one is free.</summary>
    public async Task TakeAsync(int limit, CancellationToken cancellationToken)
    {
        for (var free = NextFree; !TryTake(limit); free = NextFree)
        {
            await free.WaitAsync(cancellationToken);
        }
    }

    public void Return()
    {
        lock (_gate)
        {
            _taken--;
            _free.TrySetResult();
            _free = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
