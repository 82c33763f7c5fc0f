using System.Collections.Concurrent;

using Gateway.Model;
using Gateway.Observability;

namespace Gateway.Tokens.Refreshing;

/// <summary>How a write ended.</summary>
internal enum SaveOutcome
{
    /// <summary>The store has it.</summary>
    Saved,

    /// <summary>The connection was removed or replaced meanwhile; nothing is to be saved any more.</summary>
    Overtaken,

    /// <summary>The store has not taken it yet: it is in the journal and is written again.</summary>
    Unsaved,
}

/// <summary>How saving a grant that an owner gave ended.</summary>
/// <param name="Connection">What is stored now, or will be unless another writer is faster.</param>
/// <param name="Landing">Completes when the store has it, or something that takes precedence (<see cref="SaveOutcome.Overtaken"/>).</param>
internal sealed record GivenGrant(Connection Connection, Task<SaveOutcome> Landing)
{
    public bool IsOvertaken => Landing is { IsCompletedSuccessfully: true, Result: SaveOutcome.Overtaken };
}

/// <summary>
/// Makes sure that the end of an attempt is stored. It goes into the journal first, then into the store; while the store does not answer,
/// it is written again with growing pauses, until the store has it or holds something that takes precedence. Meanwhile the snapshot serves
/// a renewed token, and no new refresh of its connection begins here; other instances find the intent. A grant that an owner gave serves
/// once the store has it.
/// </summary>
internal sealed partial class GrantOutbox(
    IConnectionStore store, IGrantJournal journal, IInstanceRegistry instances, GatewayMetrics metrics, TimeProvider clock,
    ILogger<GrantOutbox> logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    // So many other writers may come first before a write is left to the background; a refresh writes once in a token's life.
    private const int Rounds = 8;

    // A begin that was late may still be behind a release, on a connection that is being cut: release a few times.
    private const int Releases = 4;

    // Added by the one refresh of a connection, by an owner's consent, or by the start; removed by whichever task settles it.
    private readonly ConcurrentDictionary<(ConnectionId Id, bool IsGiven), Unsaved> _unsaved = new();

    // Attempts whose begin was not answered, so that the store may hold their lease and intent; one per connection, added by its refresh.
    private readonly ConcurrentDictionary<ConnectionId, Unanswered> _unanswered = new();

    /// <summary>What the stop waits for.</summary>
    public IEnumerable<Task> Pending =>
        _unsaved.Values.Select(static unsaved => (Task)unsaved.Settled)
            .Concat(_unanswered.Values.Where(static it => it.Matters).Select(static it => it.Released));

    public bool IsUnsaved(ConnectionId id) => _unsaved.ContainsKey((id, false));

    /// <summary>Saves the end of an attempt, which was begun just now.</summary>
    public async Task<SaveOutcome> SaveAsync(PendingWrite write)
    {
        journal.Keep(write);
        var (outcome, _) = await TryAsync(write, () => WriteAsync(write));
        var settled = Follow(write, outcome);
        return settled.IsCompleted ? await settled : SaveOutcome.Unsaved;
    }

    /// <summary>
    /// Puts a grant that an owner gave in the place of what was stored at that time. It exists once, as a rotated one does, so it is kept
    /// as those are.
    /// </summary>
    /// <param name="content">Its place, grant, token, fields and scopes; all else starts afresh.</param>
    /// <param name="before">What was stored before the grant was asked for; null when nothing was.</param>
    public async Task<GivenGrant> GiveAsync(Connection content, Connection? before)
    {
        var now = clock.GetUtcNow();
        var next = content with { Generation = (before?.Generation ?? 0) + 1, Fence = before?.Fence ?? 0, ConnectedAt = now };
        var given = new PendingWrite(next, before?.Generation ?? 0, AttemptId.New(instances.Id), (before?.Grant ?? Grant.None).Digest())
        {
            Since = now,
            IsGiven = true,
            Replaced = before?.ConnectedAt,
        };
        journal.Keep(given);
        var (outcome, stored) = await TryAsync(given, () => LandAsync(given));
        return new GivenGrant(stored ?? next, Follow(given, outcome));
    }

    /// <summary>
    /// A begin was not answered, or the attempt ends without a call: its lease and intent are given back as soon as the store answers.
    /// </summary>
    /// <param name="isAnswered">False when the store may not have the lease, or not yet.</param>
    /// <param name="hasIntent">False when there is a lease alone, which runs out by itself: the stop does not wait for it.</param>
    public void Release(Lease lease, bool isAnswered, bool hasIntent = true)
    {
        var unanswered = new Unanswered(lease, isAnswered ? 1 : Releases, hasIntent);
        _unanswered[lease.Connection] = unanswered;
        _ = ReleaseUntilAnsweredAsync(unanswered);
    }

    /// <summary>Goes on with what an earlier process left in the journal.</summary>
    /// <param name="instance">Only with what this instance left, which is dead; null for all but those that run.</param>
    /// <param name="id">Of which connection; null for all.</param>
    /// <returns>False when something is left that can't be read or stored now.</returns>
    public async Task<bool> ReplayAsync(string? instance, ConnectionId? id)
    {
        var isWhole = journal.TryRead(instance, out var writes);
        var mine = writes
            .Where(write => id is null || write.Id == id)
            .Where(write => instance is not null || instances.StateOf(write.Owner.Instance) != InstanceState.Running)
            .ToList();
        if (mine.Count > 0)
        {
            Log.Found(logger, mine.Count);
        }

        // Of one connection one after the other, in the order of their leases.
        await Task.WhenAll(mine.GroupBy(static write => write.Id).Select(ResumeAsync));
        return isWhole && !mine.Any(write => _unsaved.ContainsKey((write.Id, write.IsGiven)));
    }

    /// <summary>
    /// False while something of this connection is unsaved: the stored grant is spent, or replaced, and must not be presented.
    /// </summary>
    public async Task<bool> TrySettleAsync(ConnectionId id) =>
        await TrySettleAsync(id, isGiven: false) && await TrySettleAsync(id, isGiven: true)
        && (!_unanswered.TryGetValue(id, out var unanswered) || unanswered.Answers > 0 || await TryReleaseAsync(unanswered));

    private async Task<bool> TrySettleAsync(ConnectionId id, bool isGiven) =>
        !_unsaved.TryGetValue((id, isGiven), out var unsaved) || await TrySettleAsync(unsaved);

    private async Task ResumeAsync(IEnumerable<PendingWrite> writes)
    {
        foreach (var write in writes)
        {
            var (outcome, _) = await TryAsync(write, () => LandAsync(write));
            _ = Follow(write, outcome);
        }
    }

    // With fresh knowledge of what is stored: the compare-and-set alone decides, and only a refusal is looked into.
    private async Task<(SaveOutcome Outcome, Connection? Stored)> WriteAsync(PendingWrite write)
    {
        for (var round = 0; round < Rounds; round++)
        {
            var (written, found) = await store.CommitAsync(write, CancellationToken.None);
            if (written is not null || write.IsStoredAs(found))
            {
                return (SaveOutcome.Saved, written ?? found);
            }

            if (!write.CanReplace(found) || write.IsOwnersAlone)
            {
                return (SaveOutcome.Overtaken, null);
            }

            write = write.RebaseOnto(found);
        }

        return (SaveOutcome.Unsaved, null);
    }

    // Reads first: the connection may have been removed or replaced, or an earlier try succeeded and its answer was lost.
    private async Task<(SaveOutcome Outcome, Connection? Stored)> LandAsync(PendingWrite write)
    {
        var stored = await store.ReadAsync(write.Id, CancellationToken.None);
        return write.CanReplace(stored) ? await WriteAsync(write.RebaseOnto(stored))
            : write.IsStoredAs(stored) ? (SaveOutcome.Saved, stored)
            : (SaveOutcome.Overtaken, null);
    }

    // A defect must not cost a grant either: whatever went wrong, it is tried again.
    private async Task<(SaveOutcome Outcome, Connection? Stored)> TryAsync(
        PendingWrite write, Func<Task<(SaveOutcome, Connection?)>> attempt)
    {
        try
        {
            return await attempt();
        }
        catch (Exception e)
        {
            if (e is not StoreUnavailableException)
            {
                Log.Crashed(logger, write.Id.Provider, write.Id.Name, e);
            }

            return (SaveOutcome.Unsaved, null);
        }
    }

    // Completed already when there is nothing left to be done.
    private Task<SaveOutcome> Follow(PendingWrite write, SaveOutcome outcome)
    {
        if (outcome != SaveOutcome.Unsaved)
        {
            journal.Drop(write);
            return Task.FromResult(outcome);
        }

        // Of two grants that were given while the store was unavailable, the later one is saved.
        if (write.IsGiven && _unsaved.TryGetValue((write.Id, true), out var earlier))
        {
            Settle(earlier, SaveOutcome.Overtaken);
        }

        var unsaved = new Unsaved(write);
        _unsaved[(write.Id, write.IsGiven)] = unsaved;
        unsaved.IsKept = journal.Sync(write);
        Report(write, null);
        _ = WriteUntilSettledAsync(unsaved);
        return unsaved.Settled;
    }

    private async Task WriteUntilSettledAsync(Unsaved unsaved)
    {
        for (var pause = FirstPause; ; pause = Longer(pause))
        {
            await Task.Delay(Jittered(pause), clock);
            if (unsaved.Settled.IsCompleted || await TrySettleAsync(unsaved))
            {
                // Once more: it may have been settled while it was kept below.
                journal.Drop(unsaved.Write);
                return;
            }

            // The disk may have room by now.
            unsaved.IsKept = unsaved.IsKept || journal.Sync(unsaved.Write);
        }
    }

    private async Task<bool> TrySettleAsync(Unsaved unsaved)
    {
        var (outcome, _) = await TryAsync(unsaved.Write, () => LandAsync(unsaved.Write));
        if (outcome == SaveOutcome.Unsaved)
        {
            return false;
        }

        Settle(unsaved, outcome);
        return true;
    }

    private void Settle(Unsaved unsaved, SaveOutcome outcome)
    {
        var write = unsaved.Write;
        journal.Drop(write);
        _unsaved.TryRemove(new((write.Id, write.IsGiven), unsaved));
        if (unsaved.TrySettle(outcome))
        {
            Report(write, outcome);
        }
    }

    private async Task ReleaseUntilAnsweredAsync(Unanswered unanswered)
    {
        for (var pause = FirstPause; !await TryReleaseAsync(unanswered) || unanswered.Answers < unanswered.Enough; pause = Longer(pause))
        {
            await Task.Delay(Jittered(pause), clock);
        }

        _unanswered.TryRemove(new(unanswered.Lease.Connection, unanswered));
        unanswered.SetReleased();
    }

    private async Task<bool> TryReleaseAsync(Unanswered unanswered)
    {
        try
        {
            unanswered.Add(await store.ReleaseAsync(unanswered.Lease, CancellationToken.None) ? unanswered.Enough : 1);
            return true;
        }
        catch (Exception)
        {
            return false;
        }
    }

    private static TimeSpan Longer(TimeSpan pause) => pause * 2 < LongestPause ? pause * 2 : LongestPause;

    private static TimeSpan Jittered(TimeSpan pause) => pause * (0.8 + (0.4 * Random.Shared.NextDouble()));

    // A gauge and a line when it begins and when it ends; failures are not counted or logged.
    private void Report(PendingWrite write, SaveOutcome? outcome)
    {
        if (!write.IsRenewal)
        {
            return;
        }

        var (provider, name) = write.Id;
        metrics.UnsavedGrants(outcome is null ? +1 : -1);
        switch (outcome, write.IsGiven)
        {
            case (null, true): Log.KeptGiven(logger, provider, name); break;
            case (null, false): Log.Kept(logger, provider, name, write.Next.Generation); break;
            case (SaveOutcome.Saved, true): Log.StoredGiven(logger, provider, name); break;
            case (_, true): Log.OvertakenGiven(logger, provider, name); break;
            default: Log.Settled(logger, provider, name, write.Next.Generation); break;
        }
    }

    private sealed class Unsaved(PendingWrite write)
    {
        private readonly TaskCompletionSource<SaveOutcome> _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public PendingWrite Write => write;

        /// <summary>True once the journal has it. Used by the task that writes it again and again.</summary>
        public bool IsKept { get; set; }

        public Task<SaveOutcome> Settled => _settled.Task;

        /// <summary>True for one of those that settle it at the same time.</summary>
        public bool TrySettle(SaveOutcome outcome) => _settled.TrySetResult(outcome);
    }

    private sealed class Unanswered(Lease lease, int enough, bool matters)
    {
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _answers;

        public Lease Lease => lease;

        public int Enough => enough;

        public bool Matters => matters;

        public int Answers => Volatile.Read(ref _answers);

        public Task Released => _released.Task;

        public void Add(int answers) => Interlocked.Add(ref _answers, answers);

        public void SetReleased() => _released.TrySetResult();
    }

    private static partial class Log
    {
        [LoggerMessage(2010, LogLevel.Warning,
            "Connection {Provider}/{Connection}: generation {Generation} is not stored; it serves from memory and is written again.")]
        public static partial void Kept(ILogger logger, string provider, string connection, long generation);

        [LoggerMessage(2011, LogLevel.Information, "Connection {Provider}/{Connection}: generation {Generation} is unsaved no longer.")]
        public static partial void Settled(ILogger logger, string provider, string connection, long generation);

        [LoggerMessage(2012, LogLevel.Warning,
            "Connection {Provider}/{Connection}: the grant that its owner gave is not stored; it is kept, and written again until it is.")]
        public static partial void KeptGiven(ILogger logger, string provider, string connection);

        [LoggerMessage(2013, LogLevel.Information, "Connection {Provider}/{Connection}: the grant that its owner gave is stored now.")]
        public static partial void StoredGiven(ILogger logger, string provider, string connection);

        [LoggerMessage(2014, LogLevel.Warning,
            "Connection {Provider}/{Connection}: the grant that its owner gave is dropped; the connection was removed or connected " +
            "again before the store had it.")]
        public static partial void OvertakenGiven(ILogger logger, string provider, string connection);

        [LoggerMessage(2015, LogLevel.Error,
            "Saving a grant or a note of connection {Provider}/{Connection} failed unexpectedly; it is tried again.")]
        public static partial void Crashed(ILogger logger, string provider, string connection, Exception exception);

        [LoggerMessage(2060, LogLevel.Warning,
            "The journal holds {Count} ends of refreshes and consents that an earlier process could not save; they are saved now.")]
        public static partial void Found(ILogger logger, int count);
    }
}

/// <summary>
/// At the start, before the first request: what an earlier process could not save is saved, or kept at hand until it can be.
/// </summary>
internal sealed class OutboxReplay(GrantOutbox outbox) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => outbox.ReplayAsync(instance: null, id: null);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
