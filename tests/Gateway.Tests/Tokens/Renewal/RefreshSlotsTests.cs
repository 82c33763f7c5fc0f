using Gateway.Model;
using Gateway.Tokens.Renewal;

namespace Gateway.Tests.Tokens.Renewal;

public sealed class RefreshSlotsTests
{
    private readonly RefreshSlots _slots = new();

    [Fact]
    public void TryTake_UpToTheLimit_PerProvider()
    {
        Assert.True(_slots.TryTake(Of("a", 2)));
        Assert.Equal(1, _slots.CountFree(Of("a", 2)));
        Assert.True(_slots.TryTake(Of("a", 2)));
        Assert.False(_slots.TryTake(Of("a", 2)));
        Assert.True(_slots.TryTake(Of("b", 2)));

        _slots.GiveBack(Of("a", 2));
        Assert.True(_slots.TryTake(Of("a", 2)));
    }

    [Fact]
    public void TryTake_LimitLoweredMeanwhile_WaitsUntilEnoughCameBack()
    {
        Assert.True(_slots.TryTake(Of("a", 2)));
        Assert.True(_slots.TryTake(Of("a", 2)));
        _slots.GiveBack(Of("a", 1));
        Assert.Equal(0, _slots.CountFree(Of("a", 1)));
        Assert.False(_slots.TryTake(Of("a", 1)));

        _slots.GiveBack(Of("a", 1));
        Assert.True(_slots.TryTake(Of("a", 1)));
    }

    [Fact]
    public async Task TakeAsync_NoneFree_WaitsForOneThatComesBack()
    {
        await _slots.TakeAsync(Of("a", 1), CancellationToken.None);
        var second = _slots.TakeAsync(Of("a", 1), CancellationToken.None);
        var third = _slots.TakeAsync(Of("a", 1), CancellationToken.None);
        Assert.False(second.IsCompleted || third.IsCompleted);

        _slots.GiveBack(Of("a", 1));

        await Task.WhenAny(second, third);
        Assert.Equal(0, _slots.CountFree(Of("a", 1)));
        _slots.GiveBack(Of("a", 1));
        await Task.WhenAll(second, third);
    }

    [Fact]
    public async Task TakeAsync_Cancelled_TakesNothing()
    {
        using var cancel = new CancellationTokenSource();
        Assert.True(_slots.TryTake(Of("a", 1)));
        var waiting = _slots.TakeAsync(Of("a", 1), cancel.Token);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        _slots.GiveBack(Of("a", 1));
        Assert.Equal(1, _slots.CountFree(Of("a", 1)));
    }

    private static Provider Of(string name, int limit) => new()
    {
        Name = name, Kind = ProviderKind.OAuth2, Origin = Some.Uri("https://api.acme-books.example"), Injection = Injection.Bearer,
        OAuth = new()
        {
            Grant = OAuthGrant.AuthorizationCode, TokenEndpoint = Some.Uri("https://login.acme-books.example/token"), ClientId = "c", ClientSecrets = [new("s")],
            MaxParallelRefreshes = limit,
        },
    };
}
