using Gateway.Credentials;
using Gateway.Tokens.Renewal;

namespace Gateway.Tests.Tokens.Renewal;

public sealed class RefreshSlotsTests
{
    private readonly RefreshSlots _slots = new();

    [Fact]
    public void Take_GivesWhatIsFree_PerProvider()
    {
        Assert.Equal(2, _slots.Take(Of("a", 3), 2));
        Assert.Equal(1, _slots.Take(Of("a", 3), 2));
        Assert.Equal(0, _slots.Take(Of("a", 3), 2));
        Assert.Equal(2, _slots.Take(Of("b", 3), 2));

        _slots.GiveBack(Of("a", 3), 2);
        Assert.Equal(2, _slots.Take(Of("a", 3), 9));
    }

    [Fact]
    public void Take_LimitLoweredMeanwhile_WaitsUntilEnoughCameBack()
    {
        Assert.Equal(5, _slots.Take(Of("a", 5), 5));
        Assert.Equal(0, _slots.Take(Of("a", 2), 1));
        _slots.GiveBack(Of("a", 2), 4);
        Assert.Equal(1, _slots.Take(Of("a", 2), 5));
    }

    [Fact]
    public void NextFree_CompletesWhenASlotComesBack()
    {
        var free = _slots.NextFree(Of("a", 1));
        _slots.Take(Of("a", 1), 1);
        Assert.False(free.IsCompleted);

        _slots.GiveBack(Of("a", 1), 1);

        Assert.True(free.IsCompleted);
        Assert.False(_slots.NextFree(Of("a", 1)).IsCompleted);
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
