using Gateway.Model;

namespace Gateway.Testing;

/// <summary>The two steps of a refresh: begin and commit.</summary>
public abstract partial class ConnectionStoreContract
{
    [Fact]
    public async Task Begin_returns_the_connection_with_lease_and_fence_and_commit_ends_lease_and_intent()
    {
        var (first, second) = await pair.StoresAsync();
        var connection = await StoredAsync(first);

        var begun = await first.BeginAsync(Samples.Begin(connection.Id), Cancel);

        Assert.Equal((BeginState.Begun, connection.Token, null), (begun.State, begun.Stored!.Token, begun.Open));
        Assert.True(await second.IsLeasedAsync(connection.Id, Cancel));
        Assert.Equal(BeginState.Held, (await second.BeginAsync(Samples.Begin(connection.Id, instance: "two"), Cancel)).State);

        var next = Samples.Connection(connection.Id, 2);
        var outcome = await first.CommitAsync(Samples.Commit(begun, next), Cancel);

        Assert.Equal((2L, begun.Lease!.Fence), (outcome.Written!.Generation, outcome.Written.Fence));
        Assert.False(await second.IsLeasedAsync(connection.Id, Cancel));
        Assert.Equal(next.Token, (await second.ReadAsync(connection.Id, Cancel))!.Token);

        // If the intent still existed, begin would report it to another instance.
        Assert.Equal(BeginState.Begun, (await second.BeginAsync(Samples.Begin(connection.Id, 2, instance: "two"), Cancel)).State);
    }

    [Fact]
    public async Task Begin_returns_the_result_of_a_faster_instance()
    {
        var store = await FirstAsync();
        var connection = await StoredAsync(store, 3);

        var begun = await store.BeginAsync(Samples.Begin(connection.Id, 2), Cancel);

        Assert.Equal((BeginState.Idle, 3L), (begun.State, begun.Stored!.Generation));
        Assert.False(await store.IsLeasedAsync(connection.Id, Cancel));
    }

    [Fact]
    public async Task Begin_ignores_a_newer_token_that_is_expired_or_refused()
    {
        var store = await FirstAsync();
        var (expired, refused) = (Samples.NewId(), Samples.NewId());
        await store.TryWriteAsync(Samples.Connection(expired, 3) with { Token = new(new("old"), Samples.Later.AddHours(-2)) }, 0, Cancel);
        await store.TryWriteAsync(Samples.Connection(refused, 3) with { RejectedGeneration = 3 }, 0, Cancel);

        Assert.Equal(BeginState.Begun, (await store.BeginAsync(Samples.Begin(expired, 2), Cancel)).State);
        Assert.Equal(BeginState.Begun, (await store.BeginAsync(Samples.Begin(refused, 2), Cancel)).State);
    }

    [Fact]
    public async Task Begin_starts_no_refresh_during_a_backoff_or_with_a_dead_grant_unless_forced()
    {
        var store = await FirstAsync();
        var (failing, dead, interrupted) = (Samples.NewId(), Samples.NewId(), Samples.NewId());
        var failure = Samples.Failure() with { RetryAt = Samples.Later };
        await store.TryWriteAsync(Samples.Connection(failing) with { LastFailure = failure }, 0, Cancel);
        await store.TryWriteAsync(Samples.Connection(dead).Dead(), 0, Cancel);
        await store.TryWriteAsync(
            Samples.Connection(interrupted) with { LastFailure = failure with { Reason = RefreshFailure.Interrupted } }, 0, Cancel);

        Assert.Equal(BeginState.Idle, (await store.BeginAsync(Samples.Begin(failing), Cancel)).State);
        Assert.Equal(BeginState.Idle, (await store.BeginAsync(Samples.Begin(dead), Cancel)).State);
        Assert.Equal(BeginState.Begun, (await store.BeginAsync(Samples.Begin(failing) with { IsManual = true }, Cancel)).State);
        Assert.Equal(BeginState.Begun, (await store.BeginAsync(Samples.Begin(dead) with { Insists = true }, Cancel)).State);
        Assert.Equal(BeginState.Begun, (await store.BeginAsync(Samples.Begin(interrupted), Cancel)).State);
    }

    [Fact]
    public async Task Begin_of_a_missing_or_removed_connection_finds_nothing()
    {
        var store = await FirstAsync();
        var removed = await StoredAsync(store);
        await store.RemoveAsync(removed.Id, Cancel);

        foreach (var id in (ConnectionId[])[Samples.NewId(), removed.Id])
        {
            Assert.Equal(new RefreshBegun(BeginState.Idle, null), await store.BeginAsync(Samples.Begin(id), Cancel));
            Assert.Equal(
                BeginState.Begun,
                (await store.BeginAsync(Samples.Begin(id, 0) with { MayCreate = true, RecordsIntent = false }, Cancel)).State);
        }
    }

    [Fact]
    public async Task Begin_with_LooksOnly_starts_no_refresh()
    {
        var store = await FirstAsync();
        var connection = await StoredAsync(store);

        Assert.Equal(BeginState.Idle, (await store.BeginAsync(Samples.Begin(connection.Id) with { LooksOnly = true }, Cancel)).State);
        Assert.False(await store.IsLeasedAsync(connection.Id, Cancel));
    }

    [Fact]
    public async Task An_attempt_may_begin_again_and_is_counted_once()
    {
        var store = await FirstAsync();
        var connection = await StoredAsync(store);
        var begin = Samples.Begin(connection.Id) with { Path = "path" };

        var fences = new List<long>();
        for (var time = 0; time < 2 * RejectionLimits.Burst; time++)
        {
            var begun = await store.BeginAsync(begin, Cancel);
            Assert.Equal((BeginState.Begun, null), (begun.State, begun.Open));
            fences.Add(begun.Lease!.Fence);
        }

        Assert.Equal(fences.Order(), fences);
        Assert.Equal(fences.Count, fences.Distinct().Count());
    }

    [Fact]
    public async Task A_lease_of_a_dead_instance_is_taken_over()
    {
        var store = await FirstAsync();
        var connection = await StoredAsync(store);
        await store.BeginAsync(Samples.Begin(connection.Id, instance: "dead"), Cancel);
        var begin = Samples.Begin(connection.Id);

        Assert.Equal((BeginState.Held, "dead"), await StateAsync(store, begin));
        Assert.Equal(BeginState.Held, (await store.BeginAsync(begin with { DeadInstance = "another" }, Cancel)).State);
        var begun = await store.BeginAsync(begin with { DeadInstance = "dead" }, Cancel);
        Assert.Equal((BeginState.Begun, "dead"), (begun.State, begun.Open?.Instance));
    }

    [Fact]
    public async Task An_unfinished_intent_blocks_other_instances_until_its_wait_ends()
    {
        var store = await FirstAsync();
        var id = await InterruptAsync(store, "gone");
        var begin = Samples.Begin(id, instance: "two");

        var begun = await store.BeginAsync(begin, Cancel);
        Assert.Equal((BeginState.Interrupted, "gone"), (begun.State, begun.Open?.Instance));
        Assert.InRange(begun.Open!.Since, TimeProvider.System.GetUtcNow().AddMinutes(-5), TimeProvider.System.GetUtcNow().AddMinutes(5));
        Assert.False(await store.IsLeasedAsync(id, Cancel));

        Assert.Equal(BeginState.Begun, (await store.BeginAsync(begin with { InterruptedWait = TimeSpan.Zero }, Cancel)).State);
    }

    [Theory]
    [InlineData("grace")]
    [InlineData("operator")]
    [InlineData("own")]
    [InlineData("dead")]
    public async Task An_unfinished_intent_does_not_block(string whom)
    {
        var store = await FirstAsync();
        var id = await InterruptAsync(store, "gone");
        var begin = Samples.Begin(id, instance: whom == "own" ? "gone" : "two") with
        {
            ReuseGrace = whom == "grace" ? TimeSpan.FromMinutes(5) : default,
            IsManual = whom == "operator",
            DeadInstance = whom == "dead" ? "gone" : null,
        };

        var begun = await store.BeginAsync(begin, Cancel);

        Assert.Equal((BeginState.Begun, "gone"), (begun.State, begun.Open?.Instance));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_intent_that_was_taken_over_is_open_again_after_an_attempt_without_a_result(bool released)
    {
        var store = await FirstAsync();
        var id = await InterruptAsync(store, "gone");
        var begun = await store.BeginAsync(Samples.Begin(id, instance: "two") with { DeadInstance = "gone" }, Cancel);

        if (released)
        {
            Assert.True(await store.ReleaseAsync(begun.Lease!, Cancel));
        }
        else
        {
            var failed = Samples.Commit(
                begun, Samples.Connection(id) with { LastFailure = Samples.Failure() with { RetryAt = Samples.Later.AddHours(-2) } }) with
            {
                KeepsEarlierIntent = true,
                IsOwnersAlone = true,
            };
            Assert.NotNull((await store.CommitAsync(failed, Cancel)).Written);
        }

        var again = await store.BeginAsync(Samples.Begin(id, instance: "three"), Cancel);
        Assert.Equal((BeginState.Interrupted, "gone"), (again.State, again.Open?.Instance));
    }

    [Fact]
    public async Task An_intent_of_another_generation_or_of_a_removed_connection_is_ignored()
    {
        var store = await FirstAsync();
        var (replaced, removed) = (await InterruptAsync(store, "gone"), await InterruptAsync(store, "gone"));
        await store.TryWriteAsync(Samples.Connection(replaced, 2, "put") with { Fence = 9 }, 1, Cancel);
        await store.RemoveAsync(removed, Cancel);
        await store.TryWriteAsync(Samples.Connection(removed), 0, Cancel);

        foreach (var id in (ConnectionId[])[replaced, removed])
        {
            var begun = await store.BeginAsync(Samples.Begin(id, 2, instance: "two"), Cancel);
            Assert.Equal((BeginState.Begun, null), (begun.State, begun.Open));
        }
    }

    [Fact]
    public async Task A_late_commit_is_refused_and_returns_the_stored_connection()
    {
        var store = await FirstAsync();
        var connection = await StoredAsync(store);
        var late = await store.BeginAsync(Samples.Begin(connection.Id), Cancel);
        await store.TryWriteAsync(Samples.Connection(connection.Id, 2, "put"), 1, Cancel);

        var outcome = await store.CommitAsync(Samples.Commit(late, Samples.Connection(connection.Id, 2)), Cancel);

        Assert.Equal((null, "token-put-2"), (outcome.Written, outcome.Found?.Token?.Value.Reveal()));
        Assert.True(await store.ReleaseAsync(late.Lease!, Cancel));
        await store.RemoveAsync(connection.Id, Cancel);
        Assert.Equal(
            new CommitOutcome(null, null), await store.CommitAsync(Samples.Commit(late, Samples.Connection(connection.Id, 2)), Cancel));
        Assert.Null(await store.ReadAsync(connection.Id, Cancel));
    }

    [Fact]
    public async Task After_a_newer_attempt_failed_an_older_one_commits_only_with_a_higher_fence()
    {
        var store = await FirstAsync();
        var connection = await StoredAsync(store);
        var late = await store.BeginAsync(Samples.Begin(connection.Id, instance: "dead"), Cancel);
        var begun = await store.BeginAsync(Samples.Begin(connection.Id) with { DeadInstance = "dead" }, Cancel);
        await store.CommitAsync(Samples.Commit(begun, connection.Dead()), Cancel);
        var write = Samples.Commit(late, Samples.Connection(connection.Id, 2));

        var outcome = await store.CommitAsync(write, Cancel);
        Assert.Null(outcome.Written);
        Assert.True(write.CanReplace(outcome.Found));
        Assert.NotNull((await store.CommitAsync(write.RebaseOnto(outcome.Found), Cancel)).Written);
        Assert.Equal(
            (2L, null),
            ((await store.ReadAsync(connection.Id, Cancel))!.Generation, (await store.ReadAsync(connection.Id, Cancel))!.DeadSince));
    }

    [Fact]
    public async Task A_failure_is_committed_only_by_the_owner_of_lease_or_intent()
    {
        var store = await FirstAsync();
        var connection = await StoredAsync(store);
        var begun = await store.BeginAsync(Samples.Begin(connection.Id), Cancel);
        await store.ReleaseAsync(begun.Lease!, Cancel);
        var failed = Samples.Commit(begun, connection with { LastFailure = Samples.Failure() }) with { IsOwnersAlone = true };

        Assert.Null((await store.CommitAsync(failed, Cancel)).Written);
        Assert.Null((await store.ReadAsync(connection.Id, Cancel))!.LastFailure);
    }

    [Fact]
    public async Task Another_instance_receives_a_commit_and_no_begin()
    {
        var (first, second) = await pair.StoresAsync();
        var heard = new System.Collections.Concurrent.ConcurrentQueue<ConnectionChange>();
        using var subscription = second.Subscribe(heard.Enqueue);
        await Eventually.TrueAsync(() => IsHeardAsync(first, heard));
        var connection = await StoredAsync(first);
        await Eventually.TrueAsync(() => heard.Contains(new ConnectionChange(connection.Id, 1)));
        heard.Clear();

        var begun = await first.BeginAsync(Samples.Begin(connection.Id), Cancel);
        await Eventually.TrueAsync(() => IsHeardAsync(first, heard));
        Assert.DoesNotContain(heard, change => change.Connection == connection.Id);

        await first.CommitAsync(Samples.Commit(begun, Samples.Connection(connection.Id, 2)), Cancel);
        await Eventually.TrueAsync(() => heard.Contains(new ConnectionChange(connection.Id, 2)));
    }

    private static async Task<(BeginState State, string? Holder)> StateAsync(IConnectionStore store, RefreshBegin begin)
    {
        var begun = await store.BeginAsync(begin, Cancel);
        return (begun.State, begun.Holder);
    }

    private static async Task<Connection> StoredAsync(IConnectionStore store, long generation = 1)
    {
        var connection = Samples.Connection(Samples.NewId(), generation);
        return (await store.TryWriteAsync(connection, 0, Cancel))!;
    }

    // An intent whose lease has expired.
    private static async Task<ConnectionId> InterruptAsync(IConnectionStore store, string instance)
    {
        var connection = await StoredAsync(store);
        await store.BeginAsync(Samples.Begin(connection.Id, length: Short, instance: instance), Cancel);
        await Eventually.TrueAsync(async () => !await store.IsLeasedAsync(connection.Id, Cancel));
        return connection.Id;
    }
}
