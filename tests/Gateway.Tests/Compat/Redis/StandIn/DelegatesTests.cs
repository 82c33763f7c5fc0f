using Pipelines.Sockets.Unofficial;

namespace Gateway.Tests.Compat.Redis.StandIn;

public sealed class DelegatesTests
{
    [Fact]
    public void Handlers_are_told_from_one_another_and_called_in_order()
    {
        var calls = new List<int>();
        Action one = () => calls.Add(1);
        var three = one + (() => calls.Add(2)) + (() => calls.Add(3));

        foreach (var handler in Delegates.AsEnumerable(three))
        {
            Assert.True(Delegates.IsSingle(handler));
            handler();
        }

        Assert.False(Delegates.IsSingle(three));
        Assert.Equal([1, 2, 3], calls);
    }
}
