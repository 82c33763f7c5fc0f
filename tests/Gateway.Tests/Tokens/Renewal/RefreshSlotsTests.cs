using Gateway.Tokens.Renewal;

namespace Gateway.Tests.Tokens.Renewal;

public sealed class RefreshSlotsTests
{
    private readonly RefreshSlots _slots = new();

    [Fact]
    public void TryTake_UpToTheLimit()
    {
        Assert.True(_slots.TryTake(2));
        Assert.Equal(1, _slots.CountFree(2));
        Assert.True(_slots.TryTake(2));
        Assert.False(_slots.TryTake(2));

        _slots.Return();
        Assert.True(_slots.TryTake(2));
    }

    [Fact]
    public void TryTake_LimitLoweredMeanwhile_WaitsUntilEnoughCameBack()
    {
        Assert.True(_slots.TryTake(2));
        Assert.True(_slots.TryTake(2));
        _slots.Return();
        Assert.Equal(0, _slots.CountFree(1));
        Assert.False(_slots.TryTake(1));

        _slots.Return();
        Assert.True(_slots.TryTake(1));
    }

    [Fact]
    public async Task TakeAsync_NoneFree_WaitsForOneThatComesBack()
    {
        await _slots.TakeAsync(1, CancellationToken.None);
        var second = _slots.TakeAsync(1, CancellationToken.None);
        var third = _slots.TakeAsync(1, CancellationToken.None);
        Assert.False(second.IsCompleted || third.IsCompleted);

        _slots.Return();

        await Task.WhenAny(second, third);
        Assert.Equal(0, _slots.CountFree(1));
        _slots.Return();
        await Task.WhenAll(second, third);
    }

    [Fact]
    public async Task TakeAsync_Cancelled_TakesNothing()
    {
        using var cancel = new CancellationTokenSource();
        Assert.True(_slots.TryTake(1));
        var waiting = _slots.TakeAsync(1, cancel.Token);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        _slots.Return();
        Assert.Equal(1, _slots.CountFree(1));
    }
}
