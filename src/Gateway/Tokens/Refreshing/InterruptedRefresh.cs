using Gateway.Model;

namespace Gateway.Tokens.Refreshing;

/// <summary>
/// Decides what becomes of an intent without an end. Nobody knows whether its grant was spent, nor whether somebody still holds the
/// successor: an instance that stands still or is cut off, or a journal. A strict provider that is presented a spent grant revokes the
/// successor too; so the grant is presented only within the provider's grace, or when an operator says so. Nothing is blanked: a successor
/// that comes late is still stored (<see cref="UnsavedGrants"/>).
/// </summary>
internal sealed partial class InterruptedRefresh(IConnectionStore store, TimeProvider clock, ILogger<InterruptedRefresh> logger)
{
    /// <summary>The reason that operators see.</summary>
    public const string Reason = "refresh_interrupted";

    /// <summary>True when what speaks against a refresh is an interruption and nothing else, and this request gets past it.</summary>
    public static bool MayGoOn(RefreshRequest request, Connection stored) =>
        stored is { Intent: not null, LastFailure.Reason: Reason }
        && (request.Trigger == RefreshTrigger.Manual || (stored.DeadSince is null && IsRejected(request, stored)));

    /// <summary>Whether the grant is presented, although it may be spent. Callers with a usable token don't wait for it meanwhile.</summary>
    public bool MayPresent(RefreshRequest request, Connection stored)
    {
        var intent = stored.Intent!;
        var may = request.Trigger == RefreshTrigger.Manual || clock.GetUtcNow() < intent.Since + request.Provider.OAuth!.ReuseGrace;
        if (may)
        {
            Log.PresentedAgain(logger, stored.Id.Provider, stored.Id.Name, intent.Instance, intent.Since);
        }

        return may;
    }

    /// <summary>No call: the token serves while it can, and after that an operator must connect again.</summary>
    /// <returns>Null when the connection was changed meanwhile.</returns>
    public async Task<RefreshResult?> EndAsync(RefreshRequest request, Connection stored, HeldLease lease)
    {
        var now = clock.GetUtcNow();
        var next = (IsServing(request, stored, now) ? Doubted(stored, now) : Dead(request, stored, now)) with { Fence = lease.Fence };
        if (await store.TryWriteAsync(next, stored.Generation, CancellationToken.None) is not { } written)
        {
            return null;
        }

        Log.Interrupted(logger, stored.Id.Provider, stored.Id.Name, stored.Intent!.Instance, stored.Intent.Since, written.DeadSince is null ? "serves on" : "is gone");
        return written.DeadSince is null ? RefreshResult.Adopted(written) : RefreshResult.Remembered(written, now);
    }

    private static bool IsServing(RefreshRequest request, Connection stored, DateTimeOffset now) =>
        stored.HasUsableToken(now) && !IsRejected(request, stored);

    private static bool IsRejected(RefreshRequest request, Connection stored) =>
        request.Trigger == RefreshTrigger.Rejected && request.Generation == stored.TokenGeneration;

    // Shared by all instances, so that none asks again before the token expires, unless it is rejected.
    private static Connection Doubted(Connection stored, DateTimeOffset now) =>
        stored with { LastFailure = new(RefreshOutcome.Transient, Reason, now, AttemptsOf(stored), stored.Token!.ExpiresAt) };

    private static Connection Dead(RefreshRequest request, Connection stored, DateTimeOffset now) =>
        FailedConnection.NoteRejection(stored, request) with
        {
            DeadSince = now,
            LastFailure = new(RefreshOutcome.Permanent, Reason, now, AttemptsOf(stored), DateTimeOffset.MaxValue),
        };

    private static int AttemptsOf(Connection stored) => (stored.LastFailure?.Attempts ?? 0) + 1;

    private static partial class Log
    {
        [LoggerMessage(2050, LogLevel.Warning,
            "Connection {Provider}/{Connection}: what instance {Instance} began at {Since} has no end; its grant is presented once more.")]
        public static partial void PresentedAgain(ILogger logger, string provider, string connection, string instance, DateTimeOffset since);

        [LoggerMessage(2051, LogLevel.Error,
            "Connection {Provider}/{Connection}: what instance {Instance} began at {Since} has no end; its grant is not presented, and the token {State}.")]
        public static partial void Interrupted(
            ILogger logger, string provider, string connection, string instance, DateTimeOffset since, string state);
    }
}
