using System.Diagnostics;

using Gateway.Model;
using Gateway.Observability;
using Gateway.Tokens.Cache;
using Gateway.Tokens.TokenEndpoint;

namespace Gateway.Tokens.Refreshing;

/// <summary>
/// Intent, call, and how it ended. Once there is an answer or a failure in this process, the intent is over: its end is kept until the
/// store has it. Also an end that leaves open whether the grant was spent (timeout, reset, 5xx) leaves the grant presentable, after the backoff: the
/// answer can't come any more, so presenting the grant again has nothing to lose, and most such calls spent nothing.
/// </summary>
internal sealed partial class RefreshAttempt(
    IConnectionStore store, TokenEndpointClient endpoint, UnsavedGrants unsaved, TimeProvider clock, ILogger<RefreshAttempt> logger)
{
    /// <summary>This process, for people.</summary>
    public static readonly string Instance = $"{Environment.MachineName}/{Environment.ProcessId}";

    /// <returns>Null when the connection was changed meanwhile.</returns>
    public async Task<RefreshResult?> RunAsync(RefreshRequest request, Connection current, HeldLease lease)
    {
        var client = request.Provider.OAuth!;
        var now = clock.GetUtcNow();
        using var watch = new ReplacementWatch(store, current);
        if (client.Grant == OAuthGrant.ClientCredentials)
        {
            return await RunAsync(request, current, null, lease, watch);
        }

        if (current.Grant.RefreshToken.IsEmpty)
        {
            return await NoteAsync(FailedConnection.Of(current, request, new(RefreshOutcome.Permanent, "no_refresh_token"), now), current, lease);
        }

        var intent = RefreshIntent.Of(current.Grant, Instance, current.Intent, now);
        return await IntendAsync(current, intent, lease) ? await RunAsync(request, current, intent, lease, watch) : null;
    }

    private async Task<RefreshResult?> RunAsync(
        RefreshRequest request, Connection current, RefreshIntent? intent, HeldLease lease, ReplacementWatch watch)
    {
        var client = request.Provider.OAuth!;
        var askedAt = clock.GetUtcNow();
        var calling = endpoint.CallInSpanAsync(client, current);
        if (await watch.IsFirstAsync(calling))
        {
            return null;
        }

        var call = await calling;
        if (call.TryGet(out var answer, out var failure))
        {
            var next = RefreshedConnection.Of(current, client, answer, askedAt) with { Fence = lease.Fence, Intent = null };
            return intent is null ? await KeepAsync(next, current) : await SaveAsync(new(next, current.Generation, intent), lease);
        }

        var failed = FailedConnection.Of(current, request, failure, clock.GetUtcNow());
        if (intent is null)
        {
            return await NoteAsync(failed, current, lease);
        }

        return await SaveAsync(new(EndOf(failed, current, failure) with { Fence = lease.Fence }, current.Generation, intent), lease);
    }

    // An earlier intent stays open until the provider settles the matter, with a refusal or with another grant: its grace still counts from there.
    private Connection EndOf(Connection failed, Connection current, TokenFailure failure)
    {
        if (failed.Generation > current.Generation)
        {
            Log.GrantKept(logger, current.Id.Provider, current.Id.Name, failure.Reason, failed.Generation);
            return failed with { Intent = null };
        }

        return failed with { Intent = failure.Outcome == RefreshOutcome.Permanent ? null : current.Intent };
    }

    // The call may not be made before the intent is known to be stored. When nobody knows, it is taken back as soon as the store answers; until
    // then the lease is held, for without it others would take the intent for an interruption.
    private async Task<bool> IntendAsync(Connection current, RefreshIntent intent, HeldLease lease)
    {
        try
        {
            return await lease.TryIntendAsync(current with { Intent = intent, Fence = lease.Fence });
        }
        catch (StoreUnavailableException)
        {
            lease.HoldUntil(unsaved.TakeBack(new(current with { Fence = lease.Fence }, current.Generation, intent), lease.Lease));
            throw;
        }
    }

    // A token that spent nothing: when the store does not take it, this instance has it at least, and nobody waits for it to be saved.
    private async Task<RefreshResult?> KeepAsync(Connection next, Connection current)
    {
        using var span = GatewayActivities.StartStep(GatewayActivities.StoreWrite);
        try
        {
            return await store.TryWriteAsync(next, current.Generation, CancellationToken.None) is { } written ? RefreshResult.Renewed(written) : null;
        }
        catch (StoreUnavailableException)
        {
            span?.SetStatus(ActivityStatusCode.Error);
            return RefreshResult.Renewed(InterimToken.Of(current, next));
        }
    }

    private async Task<RefreshResult?> SaveAsync(AttemptEnd end, HeldLease lease)
    {
        using var span = GatewayActivities.StartStep(GatewayActivities.StoreWrite);
        switch (await unsaved.SaveAsync(end, lease))
        {
            case SaveOutcome.Overtaken:
                return null;
            case SaveOutcome.Unsaved:
                span?.SetStatus(ActivityStatusCode.Error);

                // A refused grant is believed only when the store has been found to hold that very grant still.
                return end.Next.DeadSince is null ? ResultOf(end) : RefreshResult.StoreAway;
            default:
                return ResultOf(end);
        }
    }

    private RefreshResult ResultOf(AttemptEnd end) =>
        end.Next.LastFailure is null ? RefreshResult.Renewed(end.Next) : RefreshResult.Remembered(end.Next, clock.GetUtcNow());

    // A failure that spent nothing: when the store does not take the note of it, this instance knows it at least.
    private async Task<RefreshResult?> NoteAsync(Connection failed, Connection current, HeldLease lease)
    {
        var next = failed with { Fence = lease.Fence };
        using var span = GatewayActivities.StartStep(GatewayActivities.StoreWrite);
        try
        {
            return await store.TryWriteAsync(next, current.Generation, CancellationToken.None) is { } written
                ? RefreshResult.Remembered(written, clock.GetUtcNow())
                : null;
        }
        catch (StoreUnavailableException)
        {
            span?.SetStatus(ActivityStatusCode.Error);
            return next.DeadSince is null ? RefreshResult.Remembered(next, clock.GetUtcNow()) : RefreshResult.StoreAway;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2024, LogLevel.Warning,
            "Connection {Provider}/{Connection}: the answer has no token that can be used ({Reason}) and a new grant, which is kept as generation {Generation}.")]
        public static partial void GrantKept(ILogger logger, string provider, string connection, string reason, long generation);
    }
}
