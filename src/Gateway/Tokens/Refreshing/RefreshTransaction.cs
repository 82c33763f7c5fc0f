using Gateway.Model;
using Gateway.Observability;

namespace Gateway.Tokens.Refreshing;

/// <summary>
/// One refresh, step by step. The lease saves work; what keeps a connection right is that the store is read again under it, that an intent
/// is recorded before the call, and that the end of the call is one compare-and-set on what was read.
/// </summary>
internal sealed class RefreshTransaction(
    RefreshLook look, LeaseQueue leases, UnsavedGrants unsaved, InterruptedRefresh interrupted, RefreshAttempt attempt)
{
    // A connection that is replaced under each of so many calls is being fought over: let the caller ask again.
    private const int MaxRounds = 3;

    /// <summary>1. Look without a lease: often somebody else has done it, or nothing is to be done for now.</summary>
    /// <returns>Null when there is something to do.</returns>
    public async Task<RefreshResult?> LookAsync(RefreshRequest request)
    {
        try
        {
            return await unsaved.TrySettleAsync(request.Connection) ? (await look.AtAsync(request)).Verdict : RefreshResult.StoreAway;
        }
        catch (StoreUnavailableException e)
        {
            return RefreshResult.Of(e);
        }
    }

    /// <summary>The rest, once a look found something to do.</summary>
    public async Task<RefreshResult> RunAsync(RefreshRequest request)
    {
        try
        {
            return await RunQueuedAsync(request);
        }
        catch (StoreUnavailableException e)
        {
            // Only what happens before a call ends here: what could not be saved is not started.
            return RefreshResult.Of(e);
        }
    }

    // 2. Take the lease, and keep looking while another instance has it.
    private async Task<RefreshResult> RunQueuedAsync(RefreshRequest request)
    {
        RefreshResult? settled = null;
        await using var lease = await LeaseAsync(request, async () => (settled = (await look.AtAsync(request)).Verdict) is not null);
        return lease is not null
            ? await RunLeasedAsync(request, lease)
            : settled ?? (await look.AtAsync(request)).Verdict ?? RefreshResult.LeaseHeld;
    }

    private async Task<RefreshResult> RunLeasedAsync(RefreshRequest request, HeldLease lease)
    {
        for (var round = 0; round < MaxRounds; round++)
        {
            if (await RunRoundAsync(request, lease) is { } result)
            {
                return result;
            }
        }

        return RefreshResult.LeaseHeld;
    }

    // Null: the connection was changed meanwhile, so look again.
    private async Task<RefreshResult?> RunRoundAsync(RefreshRequest request, HeldLease lease)
    {
        // 3. Read again: only now nobody else is about to change it.
        var (stored, verdict) = await look.AtAsync(request);
        if (verdict is not null)
        {
            return verdict;
        }

        // 4. An intent without its lease: somebody was interrupted, and the grant may be spent.
        if (stored?.Intent is not null && !interrupted.MayPresent(request, stored))
        {
            return await interrupted.EndAsync(request, stored, lease);
        }

        // 5. Intent, call and the write of its end.
        return await attempt.RunAsync(request, stored ?? new Connection { Id = request.Connection, Generation = 0, Grant = Grant.None }, lease);
    }

    private async Task<HeldLease?> LeaseAsync(RefreshRequest request, Func<Task<bool>> isSettledAsync)
    {
        using var span = GatewayActivities.StartStep(GatewayActivities.Lease);
        return await leases.TakeAsync(request.Connection, request.Provider.OAuth!.TokenTimeout, isSettledAsync);
    }
}
