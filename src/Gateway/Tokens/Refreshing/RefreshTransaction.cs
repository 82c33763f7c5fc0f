using System.Diagnostics;

using Gateway.Model;
using Gateway.Observability;
using Gateway.Tokens.Cache;
using Gateway.Tokens.TokenEndpoint;

namespace Gateway.Tokens.Refreshing;

/// <summary>
/// One refresh: begin at the store, call the provider, commit. The lease that begin takes saves work; what keeps a connection right is that
/// an intent is stored before the call, and that the commit is one compare-and-set on what begin handed out.
/// </summary>
internal sealed partial class RefreshTransaction(
    IConnectionStore store,
    IInstanceRegistry instances,
    TokenEndpointClient endpoint,
    GrantOutbox outbox,
    DeniedPaths denied,
    TimeProvider clock,
    ILogger<RefreshTransaction> logger)
{
    // A connection that is replaced under each of so many calls is being fought over: let the caller ask again.
    private const int MaxRounds = 3;

    // On top of the token call, for the commit after it. A live owner renews at a third; the lease of one that was killed runs out while
    // callers still wait, with a token call's default deadline.
    private static readonly TimeSpan StoreMargin = TimeSpan.FromSeconds(4);

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(15);

    /// <param name="request">What is asked for. While the provider's circuit bars it: looks only.</param>
    public async Task<RefreshResult> RunAsync(RefreshRequest request)
    {
        try
        {
            // While a successor is unsaved the stored grant is spent.
            if (!await outbox.TrySettleAsync(request.Connection))
            {
                return RefreshResult.StoreAway;
            }

            for (var round = 0; round < MaxRounds; round++)
            {
                if (await RunRoundAsync(request) is { } result)
                {
                    return result;
                }
            }

            return RefreshResult.LeaseHeld;
        }
        catch (StoreUnavailableException e)
        {
            // Only what happens before a call ends here: what could not be saved is not started.
            return RefreshResult.Of(e);
        }
    }

    // Null: the connection was changed meanwhile, so begin again.
    private async Task<RefreshResult?> RunRoundAsync(RefreshRequest request)
    {
        // 1. Begin.
        using var changes = new ChangeSignal(store, request.Connection);
        var (begun, ended) = await BeginAsync(request, changes);
        if (begun is null)
        {
            return ended;
        }

        // 2. The call. The lease is renewed meanwhile, and another grant's arrival ends the wait.
        var current = begun.Stored ?? new Connection { Id = request.Connection, Generation = 0, Grant = Grant.None };
        using var held = new HeldLease(store, begun.Lease!, LengthOf(request), clock);
        var askedAt = clock.GetUtcNow();
        var calling = CallAsync(request, current);
        if (await IsReplacedDuringAsync(calling, current, changes))
        {
            outbox.Release(begun.Lease!, isAnswered: true);
            return null;
        }

        // 3. Commit what it brought, or why it brought nothing.
        var call = await calling;

        // Made before the next step's span starts: the record names the span of the refresh.
        var renewed = call.TryGet(out var answer, out var failure) ? RenewedBy(request, current, answer, askedAt) : null;
        using var span = GatewayActivities.StartStep(GatewayActivities.StoreWrite);
        var result = renewed is not null
            ? await CommitAsync(request, begun, current, renewed, keepsEarlierIntent: false)
            : await CommitFailureAsync(request, begun, current, failure!);
        if (result is { IsStoreAway: true } or { Connection.IsInterim: true } || outbox.IsUnsaved(request.Connection))
        {
            span?.SetStatus(ActivityStatusCode.Error);
        }

        return result;
    }

    private static Connection RenewedBy(RefreshRequest request, Connection current, TokenAnswer answer, DateTimeOffset askedAt) =>
        RefreshedConnection.Of(current, request.Provider.OAuth!, answer, askedAt) with { RefreshPath = request.Path };

    private Task<TokenCall> CallAsync(RefreshRequest request, Connection current)
    {
        var client = request.Provider.OAuth!;
        return client.Grant == OAuthGrant.AuthorizationCode && current.Grant.RefreshToken.IsEmpty
            ? Task.FromResult<TokenCall>(new TokenFailure(RefreshOutcome.Permanent, "no_refresh_token"))
            : endpoint.CallInSpanAsync(client, current);
    }

    private async Task<(RefreshBegun? Begun, RefreshResult? Ended)> BeginAsync(RefreshRequest request, ChangeSignal changes)
    {
        using var span = GatewayActivities.StartStep(GatewayActivities.Lease);
        var since = clock.GetTimestamp();
        for (var begin = BeginOf(request); ;)
        {
            changes.Arm();
            var begun = await AskAsync(begin);
            var now = clock.GetUtcNow();
            switch (begun.State)
            {
                case BeginState.Denied:
                    denied.Learn(request.Connection, request.Path!, begun.DeniedFor);
                    return (null, RefreshResult.Denied);

                case BeginState.Limited:
                    return (null, RefreshResult.Limited);

                // What the sealed record says counts. Where the script saw less than there is (a cached token that is gone, a client
                // configured anew), begin again regardless.
                case BeginState.Idle:
                    if (RefreshVerdict.Of(request, begun.Stored, now) is { } verdict)
                    {
                        return (null, await NoteRejectionAsync(request, begin, verdict));
                    }

                    if (begin.Insists)
                    {
                        return (null, RefreshResult.LeaseHeld);
                    }

                    begin = begin with { Insists = true };
                    break;

                case BeginState.Begun:
                    return await ConfirmAsync(request, begin, begun, now);

                case BeginState.Held when await IsDeadAsync(begun.Holder, request.Connection, begin):
                    begin = begin with { DeadInstance = begun.Holder };
                    break;

                case BeginState.Interrupted when await IsDeadAsync(begun.Open!.Instance, request.Connection, begin):
                    begin = begin with { DeadInstance = begun.Open.Instance };
                    break;

                case BeginState.Interrupted:
                    return (null, await EndInterruptedAsync(request, begin, begun.Stored!, begun.Open!, now));

                default:
                    if (clock.GetElapsedTime(since) >= LongestWait)
                    {
                        return (null, RefreshResult.LeaseHeld);
                    }

                    await Task.WhenAny(changes.Changed, Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(50, 250)), clock));
                    break;
            }
        }
    }

    // The lease is taken: last chance to see that nothing is to be done.
    private async Task<(RefreshBegun? Begun, RefreshResult? Ended)> ConfirmAsync(
        RefreshRequest request, RefreshBegin begin, RefreshBegun begun, DateTimeOffset now)
    {
        var ended = RefreshVerdict.Of(request, begun.Stored, now);
        if (ended is null && begun is { Open: null, Stored.Intent: { } earlier })
        {
            // A record of an older version has its intent inside.
            if (begin.IsManual || now < earlier.FirstSince + begin.ReuseGrace || now >= earlier.Since + begin.InterruptedWait)
            {
                begun = begun with { Open = earlier };
            }
            else
            {
                outbox.Release(begun.Lease!, isAnswered: true);
                return (null, await EndInterruptedAsync(request, begin, begun.Stored, earlier, now));
            }
        }

        if (ended is not null)
        {
            outbox.Release(begun.Lease!, isAnswered: true);
            return (null, await NoteRejectionAsync(request, begin, ended));
        }

        if (begun.Open is { } open && open.Instance != instances.Id)
        {
            Log.PresentedAgain(logger, request.Connection.Provider, request.Connection.Name, open.Instance, open.Since);
        }

        return (begun, null);
    }

    // An answer that was lost may have been a lease and an intent: they are given back as soon as the store answers.
    private async Task<RefreshBegun> AskAsync(RefreshBegin begin)
    {
        try
        {
            return await store.BeginAsync(begin, CancellationToken.None);
        }
        catch
        {
            outbox.Release(new Lease(begin.Connection, begin.Owner, Fence: 0), isAnswered: false, begin.RecordsIntent);
            throw;
        }
    }

    private RefreshBegin BeginOf(RefreshRequest request)
    {
        var client = request.Provider.OAuth!;
        return new RefreshBegin(request.Connection, AttemptId.New(instances.Id), request.Generation, LengthOf(request))
        {
            MayCreate = request.MayCreate,
            LooksOnly = request.Alarm is not null,
            IsManual = request.Trigger == RefreshTrigger.Manual,
            RecordsIntent = client.Grant != OAuthGrant.ClientCredentials,
            ReuseGrace = client.ReuseGrace,
            InterruptedWait = client.InterruptedWait,
            Path = request.Path,
        };
    }

    private static TimeSpan LengthOf(RefreshRequest request) => request.Provider.OAuth!.TokenTimeout + StoreMargin;

    // Dead, and what it left in the journal of this machine is stored: its answer can't come any more.
    private async Task<bool> IsDeadAsync(string? instance, ConnectionId id, RefreshBegin begin) =>
        instance is not null && instance != begin.DeadInstance
        && instances.StateOf(instance) == InstanceState.Dead && await outbox.ReplayAsync(instance, id);

    // The token serves while it can; callers without one are told to come back. No instance presents the grant before the wait is over.
    private async Task<RefreshResult> EndInterruptedAsync(
        RefreshRequest request, RefreshBegin begin, Connection stored, RefreshIntent open, DateTimeOffset now)
    {
        var retryAt = open.Since + begin.InterruptedWait;
        var noted = FailedConnection.NoteRejection(stored, request);
        if (stored.LastFailure is not { Reason: RefreshFailure.Interrupted } last || last.RetryAt != retryAt)
        {
            Log.Interrupted(logger, stored.Id.Provider, stored.Id.Name, open.Instance, open.Since, retryAt);
            noted = noted with
            {
                LastFailure = new(RefreshOutcome.Transient, RefreshFailure.Interrupted, now, (stored.LastFailure?.Attempts ?? 0) + 1,
                    retryAt),
            };
        }

        await NoteAsync(begin, stored, noted);
        return noted.HasUsableToken(now) ? RefreshResult.Adopted(noted) : RefreshResult.Remembered(noted, now);
    }

    // 401 rule 6: no refresh is due for now, and the third party refuses the token. It is not sent again.
    private async Task<RefreshResult> NoteRejectionAsync(RefreshRequest request, RefreshBegin begin, RefreshResult verdict)
    {
        if (verdict is not { Failure: not null, Connection: { } stored } || FailedConnection.IsRejectionNoted(stored, request))
        {
            return verdict;
        }

        var noted = FailedConnection.NoteRejection(stored, request);
        await NoteAsync(begin, stored, noted);
        return verdict with { Connection = noted };
    }

    // Without a lease, by compare-and-set on generation and fence. A store that does not answer is no failure: the note serves this
    // instance.
    private async Task NoteAsync(RefreshBegin begin, Connection stored, Connection noted)
    {
        try
        {
            if (noted != stored)
            {
                await store.CommitAsync(new PendingWrite(noted, stored.Generation, begin.Owner, default), CancellationToken.None);
            }
        }
        catch (StoreUnavailableException)
        {
        }
    }

    // True when the connection is replaced or removed before the call ends: what the call brings can't be saved any more.
    private async Task<bool> IsReplacedDuringAsync(Task calling, Connection current, ChangeSignal changes)
    {
        while (await Task.WhenAny(calling, changes.Changed) != calling)
        {
            changes.Arm();
            try
            {
                var stored = await store.ReadAsync(current.Id, CancellationToken.None);
                if ((stored?.Generation ?? 0) != current.Generation && (stored is null || !current.Succeeds(stored)))
                {
                    return true;
                }
            }
            catch (Exception)
            {
                // Whatever it is: the call may bring a grant, and its commit meets the store again.
            }
        }

        return false;
    }

    // The attempt is over once this process has an answer or a failure. Also a failure that does not tell whether the grant was spent
    // (timeout, reset, 5xx) leaves it presentable, after the backoff: the answer can't come any more, and most such calls spent nothing.
    private Task<RefreshResult?> CommitFailureAsync(RefreshRequest request, RefreshBegun begun, Connection current, TokenFailure failure)
    {
        if (failure.Outcome == RefreshOutcome.Permanent && begun.Open is { } open)
        {
            Log.Spent(logger, current.Id.Provider, current.Id.Name, open.Instance, open.Since, failure.Reason);
            failure = failure with { Reason = RefreshFailure.Interrupted };
        }

        var failed = FailedConnection.Of(current, request, failure, clock.GetUtcNow());
        var bringsGrant = failed.Generation > Math.Max(1, current.Generation);
        if (bringsGrant)
        {
            Log.GrantKept(logger, current.Id.Provider, current.Id.Name, failure.Reason, failed.Generation);
        }

        // An intent that was taken over stays open until the provider settles the matter: its grace and its wait count from there.
        var staysOpen = failed.DeadSince is null && !bringsGrant && begun.Open is { } kept && kept.Instance != instances.Id;
        return CommitAsync(request, begun, current, failed, staysOpen);
    }

    private async Task<RefreshResult?> CommitAsync(
        RefreshRequest request, RefreshBegun begun, Connection current, Connection next, bool keepsEarlierIntent)
    {
        var lease = begun.Lease!;
        var write = new PendingWrite(next with { Fence = lease.Fence }, current.Generation, lease.Owner, current.Grant.Digest())
        {
            Since = clock.GetUtcNow(),
            KeepsEarlierIntent = keepsEarlierIntent,
        };
        if (request.Provider.OAuth!.Grant == OAuthGrant.ClientCredentials)
        {
            return await CommitUnspentAsync(begun, current, write);
        }

        switch (await outbox.SaveAsync(write with { IsOwnersAlone = !write.IsRenewal }))
        {
            case SaveOutcome.Overtaken:
                outbox.Release(lease, isAnswered: true);
                return null;

            // A refused grant is believed only when the store has been found to hold that very grant still.
            case SaveOutcome.Unsaved when next.DeadSince is not null:
                return RefreshResult.StoreAway;
            default:
                return ResultOf(write.Next);
        }
    }

    // A token that spent nothing: when the store does not take it, this instance has it at least.
    private async Task<RefreshResult?> CommitUnspentAsync(RefreshBegun begun, Connection current, PendingWrite write)
    {
        try
        {
            if ((await store.CommitAsync(write, CancellationToken.None)).Written is { } written)
            {
                return ResultOf(written);
            }

            outbox.Release(begun.Lease!, isAnswered: true);
            return null;
        }
        catch (StoreUnavailableException)
        {
            return write.IsRenewal && write.Next.LastFailure is null ? RefreshResult.Renewed(InterimToken.Of(current, write.Next))
                : write.Next.DeadSince is null ? ResultOf(write.Next)
                : RefreshResult.StoreAway;
        }
    }

    private RefreshResult ResultOf(Connection next) =>
        next.LastFailure is null ? RefreshResult.Renewed(next) : RefreshResult.Remembered(next, clock.GetUtcNow());

    private static partial class Log
    {
        [LoggerMessage(2024, LogLevel.Warning,
            "Connection {Provider}/{Connection}: the answer has no token that can be used ({Reason}) and a new grant, which is kept as " +
            "generation {Generation}.")]
        public static partial void GrantKept(ILogger logger, string provider, string connection, string reason, long generation);

        [LoggerMessage(2050, LogLevel.Warning,
            "Connection {Provider}/{Connection}: refresh interrupted on instance {Instance} at {Since}; retrying with the same refresh " +
            "token.")]
        public static partial void PresentedAgain(
            ILogger logger, string provider, string connection, string instance, DateTimeOffset since);

        [LoggerMessage(2051, LogLevel.Warning,
            "Connection {Provider}/{Connection}: refresh interrupted on instance {Instance} at {Since}; it may come back with the " +
            "answer, so the refresh token is presented again at {RetryAt} only.")]
        public static partial void Interrupted(
            ILogger logger, string provider, string connection, string instance, DateTimeOffset since, DateTimeOffset retryAt);

        [LoggerMessage(2052, LogLevel.Error,
            "Connection {Provider}/{Connection}: the refresh interrupted on instance {Instance} at {Since} had spent the refresh token " +
            "({Reason}); connect it again.")]
        public static partial void Spent(
            ILogger logger, string provider, string connection, string instance, DateTimeOffset since, string reason);
    }
}
