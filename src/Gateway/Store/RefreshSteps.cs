using System.Globalization;

using Gateway.Model;
using Gateway.Store.Records;
using Gateway.Store.Redis;

using StackExchange.Redis;

namespace Gateway.Store;

/// <summary>
/// What a refresh asks of the store: begin, renew, commit, release; and what bounds refreshes that 401s cause. Each is one script on the
/// keys of one connection.
/// </summary>
internal sealed class RefreshSteps(RedisCalls calls, ConnectionSealer sealer, TimeProvider clock)
{
    /// <summary>Sent once more when the connection breaks: the same attempt may ask again.</summary>
    public async ValueTask<RefreshBegun> BeginAsync(RefreshBegin begin, CancellationToken cancellationToken)
    {
        var id = begin.Connection;
        RedisKey[] keys =
        [
            RedisKeys.Connection(id), RedisKeys.Lease(id), RedisKeys.Fence(id), RedisKeys.Intent(id), RedisKeys.Denied(id),
            RedisKeys.Bucket(id),
        ];
        RedisValue[] arguments =
        [
            Now(), begin.Owner.Instance, begin.Owner.Value, Milliseconds(begin.Length), Milliseconds(RedisKeys.Memory),
            begin.TokenGeneration, FlagsOf(begin),
            Milliseconds(begin.ReuseGrace), Milliseconds(begin.InterruptedWait), begin.DeadInstance ?? "", begin.Path ?? "",
            Milliseconds(RejectionLimits.Lifetime), Milliseconds(RejectionLimits.Refill), RejectionLimits.Burst, RejectionLimits.MaxPaths,
        ];
        var answer = await calls.RunIdempotentAsync(
            "begin", async db => (RedisValue[])(await db.ScriptEvaluateAsync(RedisScripts.Begin, keys, arguments))!, cancellationToken,
            static answer => (BeginState)(int)answer[0] == BeginState.Held);
        var state = (BeginState)(int)answer[0];
        if (state == BeginState.Denied)
        {
            return new RefreshBegun(state, null) { DeniedFor = TimeSpan.FromMilliseconds((long)answer[2]) };
        }

        var begun = new RefreshBegun(state, await sealer.OpenAsync(id, answer[1], cancellationToken));
        return state switch
        {
            BeginState.Begun => begun with { Lease = new(id, begin.Owner, (long)answer[2]), Open = ParseIntent(answer[3]) },
            BeginState.Held => begun with { Holder = ((string)answer[2]!).Split('/') is [var instance, _] ? instance : null },
            BeginState.Interrupted => begun with { Open = ParseIntent(answer[2]) },
            _ => begun,
        };
    }

    /// <summary>
    /// The verdict of <see cref="RedisScripts.Write"/>, the tombstone's generation, the record that was written, and after a conflict what
    /// is stored.
    /// </summary>
    public async ValueTask<(long Verdict, long Tombstone, RedisValue Record, Connection? Found)> CommitAsync(
        PendingWrite write, CancellationToken cancellationToken)
    {
        var next = write.Next;
        var (sealing, caching) = sealer.BeginSeal(next, cancellationToken);
        RedisValue record = sealing.ToBytes();
        RedisKey[] keys = [RedisKeys.Connection(next.Id), RedisKeys.Lease(next.Id), RedisKeys.Intent(next.Id)];
        RedisValue[] arguments =
        [
            write.ExpectedGeneration, next.Generation, next.Fence, record, RedisKeys.Changes.ToString(),
            RedisChanges.Message(next.Id, next.Generation),
            write.Owner.Instance, write.Owner.Value, $"{(write.IsOwnersAlone ? "o" : "")}{(write.KeepsEarlierIntent ? "k" : "")}",
        ];
        var committing = calls.RunAsync(
            "commit", async db => (RedisValue[])(await db.ScriptEvaluateAsync(RedisScripts.Commit, keys, arguments))!,
            cancellationToken, static answer => answer[0] == RedisScripts.Conflict).AsTask();
        await Task.WhenAll(caching, committing);
        var answer = await committing;
        var found = answer[0] == RedisScripts.Conflict ? await sealer.OpenAsync(next.Id, answer[2], cancellationToken) : null;
        return ((long)answer[0], (long)answer[1], record, found);
    }

    public ValueTask<bool> RenewAsync(Lease lease, TimeSpan length, CancellationToken cancellationToken)
    {
        RedisValue[] arguments = [lease.Owner.ToString(), Milliseconds(length)];
        return calls.RunIdempotentAsync(
            "renew", async db => (bool)await db.ScriptEvaluateAsync(RedisScripts.RenewLease, [RedisKeys.Lease(lease.Connection)],
                arguments),
            cancellationToken, static held => !held);
    }

    public ValueTask<bool> ReleaseAsync(Lease lease, CancellationToken cancellationToken)
    {
        RedisKey[] keys = [RedisKeys.Lease(lease.Connection), RedisKeys.Intent(lease.Connection)];
        RedisValue[] arguments = [lease.Owner.Instance, lease.Owner.Value];
        return calls.RunAsync(
            "release", async db => (bool)await db.ScriptEvaluateAsync(RedisScripts.Release, keys, arguments), cancellationToken,
            static released => !released);
    }

    /// <summary>A lease without a refresh. The answer may be lost; then it runs out by itself.</summary>
    public async ValueTask<Lease?> TryLeaseAsync(ConnectionId id, AttemptId owner, TimeSpan length, CancellationToken cancellationToken)
    {
        RedisKey[] keys = [RedisKeys.Lease(id), RedisKeys.Fence(id), RedisKeys.Connection(id)];
        RedisValue[] arguments = [owner.ToString(), Milliseconds(length), Milliseconds(RedisKeys.Memory)];
        var fence = await calls.RunIdempotentAsync(
            "lease", async db => (long)await db.ScriptEvaluateAsync(RedisScripts.TakeLease, keys, arguments), cancellationToken,
            static fence => fence == 0);
        return fence == 0 ? null : new Lease(id, owner, fence);
    }

    public ValueTask<bool> IsLeasedAsync(ConnectionId id, CancellationToken cancellationToken) =>
        calls.RunIdempotentAsync("read", db => db.KeyExistsAsync(RedisKeys.Lease(id)), cancellationToken);

    public async ValueTask DenyPathAsync(ConnectionId id, string path, CancellationToken cancellationToken)
    {
        RedisValue[] arguments = [Now(), Milliseconds(RejectionLimits.Lifetime), path, RejectionLimits.MaxPaths];
        await calls.RunIdempotentAsync(
            "deny", db => db.ScriptEvaluateAsync(RedisScripts.Deny, [RedisKeys.Denied(id)], arguments), cancellationToken);
    }

    public async ValueTask AllowPathAsync(ConnectionId id, string path, CancellationToken cancellationToken)
    {
        RedisValue[] arguments = [path, Milliseconds(RejectionLimits.Refill), RejectionLimits.Burst];
        await calls.RunIdempotentAsync(
            "deny", db => db.ScriptEvaluateAsync(RedisScripts.Allow, [RedisKeys.Denied(id), RedisKeys.Bucket(id)], arguments),
            cancellationToken);
    }

    private static string FlagsOf(RefreshBegin begin) =>
        (begin.MayCreate ? "c" : "") + (begin.LooksOnly ? "l" : "") + (begin.IsManual ? "m" : "") + (begin.Insists ? "i" : "")
        + (begin.RecordsIntent ? "" : "n");

    // ATTEMPT INSTANCE SINCE FIRST_SINCE GENERATION, and after a bar what it took over.
    private static RefreshIntent? ParseIntent(RedisValue value) =>
        ((string?)value ?? "").Split('|')[0].Split(' ') is [var attempt, var instance, var since, var first, _]
        && long.TryParse(since, NumberStyles.None, CultureInfo.InvariantCulture, out var at)
        && long.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var firstAt)
            ? new RefreshIntent(attempt, instance, DateTimeOffset.FromUnixTimeMilliseconds(at),
                DateTimeOffset.FromUnixTimeMilliseconds(firstAt))
            : null;

    private static long Milliseconds(TimeSpan length) => (long)length.TotalMilliseconds;

    private long Now() => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
