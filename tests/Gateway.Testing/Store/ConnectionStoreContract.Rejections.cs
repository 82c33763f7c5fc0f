using Gateway.Model;

namespace Gateway.Testing;

/// <summary>401 rule 5: denied paths, and a bucket of refreshes.</summary>
public abstract partial class ConnectionStoreContract
{
    [Fact]
    public async Task A_denied_path_starts_no_refresh_on_any_instance_with_any_generation_until_it_is_allowed()
    {
        var (first, second) = await pair.StoresAsync();
        var connection = await StoredAsync(first);
        await first.DenyPathAsync(connection.Id, "denied", Cancel);

        foreach (var generation in (long[])[0, 1, 2])
        {
            var begun = await second.BeginAsync(Samples.Begin(connection.Id, generation) with { Path = "denied" }, Cancel);
            Assert.Equal(BeginState.Denied, begun.State);
            Assert.InRange(begun.DeniedFor, TimeSpan.FromMinutes(4), RejectionLimits.Lifetime);
        }

        Assert.Equal(BeginState.Idle, (await second.BeginAsync(Samples.Begin(connection.Id, 0) with { Path = "another" }, Cancel)).State);
        await first.AllowPathAsync(connection.Id, "denied", Cancel);
        Assert.Equal(BeginState.Begun, (await second.BeginAsync(Samples.Begin(connection.Id) with { Path = "denied" }, Cancel)).State);
    }

    [Fact]
    public async Task The_latest_denied_paths_are_kept()
    {
        var store = await FirstAsync();
        var connection = await StoredAsync(store);
        for (var path = 0; path <= RejectionLimits.MaxPaths; path++)
        {
            await store.DenyPathAsync(connection.Id, $"{path:000}", Cancel);
        }

        Assert.NotEqual(
            BeginState.Denied,
            (await store.BeginAsync(Samples.Begin(connection.Id) with { Path = "000", LooksOnly = true }, Cancel)).State);
        Assert.Equal(BeginState.Denied, (await store.BeginAsync(Samples.Begin(connection.Id) with { Path = "001" }, Cancel)).State);
        Assert.Equal(
            BeginState.Denied,
            (await store.BeginAsync(Samples.Begin(connection.Id) with { Path = $"{RejectionLimits.MaxPaths}" }, Cancel)).State);
    }

    [Fact]
    public async Task The_sixth_401_causes_no_refresh_and_other_triggers_do()
    {
        var store = await FirstAsync();
        var id = (await StoredAsync(store)).Id;
        for (var generation = 1; generation <= RejectionLimits.Burst; generation++)
        {
            Assert.Equal(BeginState.Begun, await RefreshAsync(store, id, generation, $"path-{generation}"));
        }

        var next = RejectionLimits.Burst + 1;
        Assert.Equal(BeginState.Limited, await RefreshAsync(store, id, next, "path"));
        Assert.Equal(BeginState.Idle, await RefreshAsync(store, id, next - 1, "path"));
        Assert.Equal(BeginState.Begun, await RefreshAsync(store, id, next, null));
    }

    [Fact]
    public async Task A_refresh_that_healed_its_path_is_refunded()
    {
        var store = await FirstAsync();
        var id = (await StoredAsync(store)).Id;
        for (var generation = 1; generation <= 3 * RejectionLimits.Burst; generation++)
        {
            Assert.Equal(BeginState.Begun, await RefreshAsync(store, id, generation, "path"));
            await store.AllowPathAsync(id, "path", Cancel);
            await store.AllowPathAsync(id, "path", Cancel);
        }
    }

    [Fact]
    public async Task A_refresh_that_healed_another_path_is_not_refunded()
    {
        var store = await FirstAsync();
        var id = (await StoredAsync(store)).Id;
        for (var generation = 1; generation <= RejectionLimits.Burst; generation++)
        {
            await RefreshAsync(store, id, generation, $"path-{generation}");
            await store.AllowPathAsync(id, "another", Cancel);
        }

        Assert.Equal(BeginState.Limited, await RefreshAsync(store, id, RejectionLimits.Burst + 1, "third"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_path_that_refuses_the_token_of_its_own_refresh_is_denied(bool helped)
    {
        var (first, second) = await pair.StoresAsync();
        var id = (await StoredAsync(first)).Id;
        await RefreshAsync(first, id, 1, "path");
        if (helped)
        {
            await first.AllowPathAsync(id, "path", Cancel);
        }

        Assert.Equal(BeginState.Begun, await RefreshAsync(second, id, 2, "another"));
        await RefreshAsync(first, id, 3, "path");
        if (helped)
        {
            await first.AllowPathAsync(id, "path", Cancel);
        }

        Assert.Equal(helped ? BeginState.Begun : BeginState.Denied, await RefreshAsync(second, id, 4, "path"));
    }

    private static async Task<BeginState> RefreshAsync(IConnectionStore store, ConnectionId id, long generation, string? path)
    {
        var begun = await store.BeginAsync(Samples.Begin(id, generation) with { Path = path }, Cancel);
        if (begun.State == BeginState.Begun)
        {
            Assert.NotNull((await store.CommitAsync(Samples.Commit(begun, Samples.Connection(id, generation + 1)), Cancel)).Written);
        }

        return begun.State;
    }
}
