using System.Diagnostics;

using Gateway.Credentials;
using Gateway.Observability;
using Gateway.Tokens.Endpoint;

namespace Gateway.Tokens;

/// <summary>
/// One refresh, step by step. The lease saves work; what keeps a connection right is that the store is read again under it, and that the
/// result is one compare-and-set on what was read.
/// </summary>
internal sealed class RefreshTransaction(
    IConnectionStore store, TokenEndpoint endpoint, LeaseQueue leases, UnsavedGrants unsaved, TimeProvider clock)
{
    // A connection that is replaced under each of so many calls is being fought over: let the caller ask again.
    private const int MaxRounds = 3;

    public async Task<RefreshResult> RunAsync(RefreshRequest request)
    {
        try
        {
            return await unsaved.TrySettleAsync(request.Connection) ? await RunQueuedAsync(request) : RefreshResult.StoreAway;
        }
        catch (StoreUnavailableException)
        {
            // Only what happens before a call ends here: what could not be saved is not started.
            return RefreshResult.StoreAway;
        }
    }

    // 1. Look without a lease: often somebody else has done it, or nothing is to be done for now.
    // 2. Take the lease, and keep looking while another instance has it.
    private async Task<RefreshResult> RunQueuedAsync(RefreshRequest request)
    {
        if (await LookAsync(request) is { } known)
        {
            return known;
        }

        RefreshResult? settled = null;
        await using var lease = await LeaseAsync(request, async () => (settled = await LookAsync(request)) is not null);
        return lease is not null ? await RunLeasedAsync(request, lease) : settled ?? await LookAsync(request) ?? RefreshResult.LeaseHeld;
    }

    private async Task<RefreshResult> RunLeasedAsync(RefreshRequest request, HeldLease lease)
    {
        for (var round = 0; round < MaxRounds; round++)
        {
            // 3. Read again: only now nobody else is about to change it.
            var stored = await store.ReadAsync(request.Connection, CancellationToken.None);
            if (RefreshVerdict.Of(request, stored, clock.GetUtcNow()) is { } verdict)
            {
                return await RememberRejectionAsync(request, verdict);
            }

            // 4. The call. (The place for the intent that a crash leaves behind is right before it.)
            var current = stored ?? new Connection { Id = request.Connection, Generation = 0, Grant = Grant.None };
            var askedAt = clock.GetUtcNow();
            var call = await CallAsync(request.Provider.OAuth!, current);

            // 5. One write of the result, or of the failure. Null: the connection was changed meanwhile, so look again.
            var result = call.TryGet(out var answer, out var failure)
                ? await SaveAsync(RefreshedConnection.Of(current, request.Provider.OAuth!, answer, askedAt), current, lease)
                : await RecordAsync(request, current, failure, lease);
            if (result is not null)
            {
                return result;
            }
        }

        return RefreshResult.LeaseHeld;
    }

    private async Task<RefreshResult?> LookAsync(RefreshRequest request)
    {
        var stored = await store.ReadAsync(request.Connection, CancellationToken.None);
        return RefreshVerdict.Of(request, stored, clock.GetUtcNow()) is { } verdict ? await RememberRejectionAsync(request, verdict) : null;
    }

    private async Task<HeldLease?> LeaseAsync(RefreshRequest request, Func<Task<bool>> isSettledAsync)
    {
        using var span = GatewayActivities.StartStep(GatewayActivities.Lease);
        return await leases.TakeAsync(request.Connection, request.Provider.OAuth!.TokenTimeout, isSettledAsync);
    }

    private async Task<TokenCall> CallAsync(OAuthClient client, Connection current)
    {
        if (client.Grant == OAuthGrant.AuthorizationCode && current.Grant.RefreshToken.IsEmpty)
        {
            return new TokenFailure(RefreshOutcome.Permanent, "no_refresh_token");
        }

        using var span = GatewayActivities.StartStep(GatewayActivities.TokenCall, ActivityKind.Client);
        var call = await endpoint.CallAsync(client, current);
        span?.SetStatus(call.Failure is { } failure ? ActivityStatusCode.Error : ActivityStatusCode.Ok, call.Failure?.Reason);
        return call;
    }

    private async Task<RefreshResult?> SaveAsync(Connection next, Connection current, HeldLease lease)
    {
        next = next with { Fence = lease.Fence };
        using var span = GatewayActivities.StartStep(GatewayActivities.StoreWrite);
        try
        {
            if (await store.TryWriteAsync(next, current.Generation, CancellationToken.None) is { } written)
            {
                return RefreshResult.Renewed(written);
            }

            if (await IsMovedAsync(current))
            {
                return null;
            }
        }
        catch (StoreUnavailableException)
        {
            span?.SetStatus(ActivityStatusCode.Error);
        }

        // The provider has rotated and the store has not taken it. While the lease lasts, nobody presents the spent grant.
        lease.HoldUntil(unsaved.Keep(next, current.Generation));
        return RefreshResult.Renewed(next);
    }

    private async Task<RefreshResult?> RecordAsync(RefreshRequest request, Connection current, TokenFailure failure, HeldLease lease)
    {
        var now = clock.GetUtcNow();
        var next = FailedConnection.Of(current, request, failure, now) with { Fence = lease.Fence };
        using var span = GatewayActivities.StartStep(GatewayActivities.StoreWrite);
        try
        {
            // A refused grant is believed only if it is still the one that is stored.
            if (await IsMovedAsync(current))
            {
                return null;
            }

            var written = await store.TryWriteAsync(next, current.Generation, CancellationToken.None);
            return written is null && await IsMovedAsync(current) ? null : RefreshResult.Remembered(written ?? next, now);
        }
        catch (StoreUnavailableException)
        {
            span?.SetStatus(ActivityStatusCode.Error);
            return failure.Outcome == RefreshOutcome.Permanent ? RefreshResult.StoreAway : RefreshResult.Remembered(next, now);
        }
    }

    private async Task<bool> IsMovedAsync(Connection current)
    {
        var stored = await store.ReadAsync(current.Id, CancellationToken.None);
        return (stored?.Generation ?? 0) != current.Generation;
    }

    // 401 rule 6: no refresh is due for now, and the third party refuses the token. It is not sent again.
    private async Task<RefreshResult> RememberRejectionAsync(RefreshRequest request, RefreshResult verdict)
    {
        if (verdict is not { Failure: not null, Connection: { } stored } || FailedConnection.IsRejectionNoted(stored, request))
        {
            return verdict;
        }

        var next = FailedConnection.NoteRejection(stored, request);
        try
        {
            await store.TryWriteAsync(next, stored.Generation, CancellationToken.None);
        }
        catch (StoreUnavailableException)
        {
            // This instance knows it at least.
        }

        return verdict with { Connection = next };
    }
}
