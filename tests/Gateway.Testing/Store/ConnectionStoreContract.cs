using Gateway.Model;

namespace Gateway.Testing;

/// <summary>
/// The contract of every store: in memory, a genuine Redis, the embedded server. This part: records and writes.
/// </summary>
public abstract partial class ConnectionStoreContract(StorePair pair)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Read_NothingStored_IsNull() => Assert.Null(await (await FirstAsync()).ReadAsync(Samples.NewId(), Cancel));

    [Fact]
    public async Task A_written_connection_is_read_by_another_instance_with_every_member()
    {
        var (first, second) = await pair.StoresAsync();
        var written = Samples.Connection(Samples.NewId()) with
        {
            Fence = 3,
            LastFailure = Samples.Failure(),
            RejectedGeneration = 1,
            TokenAge = 2,
            Intent = Samples.Intent(),
        };

        Assert.NotNull(await first.TryWriteAsync(written, 0, Cancel));
        var read = await second.ReadAsync(written.Id, Cancel);

        Assert.NotNull(read);
        Assert.Equal(written.Grant.RefreshToken, read.Grant.RefreshToken);
        Assert.Equal(written.Grant.Fields, read.Grant.Fields);
        Assert.Equal(written.Token, read.Token);
        Assert.Equal(written.Fields, read.Fields);
        Assert.Equal(written.Scopes, read.Scopes);
        Assert.Equal(
            written with { ConnectedAt = read.ConnectedAt, Grant = Grant.None, Fields = read.Fields, Scopes = read.Scopes },
            read with { Grant = Grant.None });
    }

    [Fact]
    public async Task A_connection_of_secrets_alone_has_no_token_after_reading()
    {
        var store = await FirstAsync();
        var written = Samples.Connection(Samples.NewId()) with
        {
            Token = null,
            Fields = new Dictionary<string, string>(StringComparer.Ordinal),
            Scopes = [],
        };

        await store.TryWriteAsync(written, 0, Cancel);
        var read = await store.ReadAsync(written.Id, Cancel);

        Assert.Null(read!.Token);
        Assert.Empty(read.Scopes);
        Assert.Empty(read.Fields);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Write_AnotherGenerationExpected_WritesNothing(long expected)
    {
        var store = await FirstAsync();
        var id = Samples.NewId();
        await store.TryWriteAsync(Samples.Connection(id), 0, Cancel);

        Assert.Null(await store.TryWriteAsync(Samples.Connection(id, 3, "intruder"), expected, Cancel));

        Assert.Equal("token-x-1", (await store.ReadAsync(id, Cancel))!.Token!.Value.Reveal());
    }

    [Fact]
    public async Task Write_NothingStoredButExpected_WritesNothing()
    {
        var store = await FirstAsync();
        var id = Samples.NewId();

        Assert.Null(await store.TryWriteAsync(Samples.Connection(id, 2), 1, Cancel));

        Assert.Null(await store.ReadAsync(id, Cancel));
    }

    [Fact]
    public async Task Exactly_one_of_fifty_concurrent_writers_wins_each_round()
    {
        var (first, second) = await pair.StoresAsync();
        var id = Samples.NewId();
        for (var generation = 0L; generation < 3; generation++)
        {
            var writers = Enumerable.Range(0, 50).Select(writer => Task.Run(async () =>
                await (writer % 2 == 0 ? first : second)
                    .TryWriteAsync(Samples.Connection(id, generation + 1, $"writer{writer}"), generation, Cancel)));
            var winner = Assert.Single(await Task.WhenAll(writers), static written => written is not null);

            Assert.Equal(winner!.Token, (await second.ReadAsync(id, Cancel))!.Token);
        }
    }

    [Fact]
    public async Task Write_OlderFence_IsRefused_EqualOrNewerIsNot()
    {
        var store = await FirstAsync();
        var id = Samples.NewId();
        await store.TryWriteAsync(Samples.Connection(id) with { Fence = 5 }, 0, Cancel);

        Assert.Null(await store.TryWriteAsync(Samples.Connection(id, 2) with { Fence = 4 }, 1, Cancel));
        Assert.NotNull(await store.TryWriteAsync(Samples.Connection(id, 2) with { Fence = 5 }, 1, Cancel));
        Assert.NotNull(await store.TryWriteAsync(Samples.Connection(id, 3) with { Fence = 6 }, 2, Cancel));
    }

    [Fact]
    public async Task Write_SameFenceAndGenerationByAnOperatorMeanwhile_IsAConflict()
    {
        var store = await FirstAsync();
        var id = Samples.NewId();
        await store.TryWriteAsync(Samples.Connection(id) with { Fence = 1 }, 0, Cancel);
        await store.TryWriteAsync(Samples.Connection(id, 2, "put") with { Fence = 1 }, 1, Cancel);

        Assert.Null(await store.TryWriteAsync(Samples.Connection(id, 2, "rotated") with { Fence = 1 }, 1, Cancel));

        Assert.Equal("token-put-2", (await store.ReadAsync(id, Cancel))!.Token!.Value.Reveal());
    }

    [Fact]
    public async Task Write_SameGeneration_RecordsAFailureWithoutRaisingIt()
    {
        var store = await FirstAsync();
        var id = Samples.NewId();
        await store.TryWriteAsync(Samples.Connection(id), 0, Cancel);

        Assert.NotNull(await store.TryWriteAsync(Samples.Connection(id).Dead(), 1, Cancel));

        Assert.Equal(Samples.Later.AddMinutes(-5), (await store.ReadAsync(id, Cancel))!.DeadSince);
    }

    [Fact]
    public async Task A_removed_connection_is_not_revived_and_its_successor_continues_the_generations()
    {
        var store = await FirstAsync();
        var id = Samples.NewId();
        await store.TryWriteAsync(Samples.Connection(id), 0, Cancel);
        await store.TryWriteAsync(Samples.Connection(id, 2), 1, Cancel);

        Assert.True(await store.RemoveAsync(id, Cancel));
        Assert.False(await store.RemoveAsync(id, Cancel));
        Assert.Null(await store.ReadAsync(id, Cancel));
        Assert.Null(await store.TryWriteAsync(Samples.Connection(id, 3), 2, Cancel));

        var successor = await store.TryWriteAsync(Samples.Connection(id, 1, "successor"), 0, Cancel);
        Assert.Equal(3, successor!.Generation);
        var read = await store.ReadAsync(id, Cancel);
        Assert.Equal(3, read!.Generation);
        Assert.Equal(successor.Grant.RefreshToken, read.Grant.RefreshToken);
    }

    [Fact]
    public async Task Remove_NothingStored_IsFalse() => Assert.False(await (await FirstAsync()).RemoveAsync(Samples.NewId(), Cancel));

    private async Task<IConnectionStore> FirstAsync() => (await pair.StoresAsync()).First;
}
