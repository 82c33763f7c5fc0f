using Gateway.Tokens.TokenEndpoint;

namespace Gateway.Tests.Tokens.TokenEndpoint;

public sealed class ProviderTimeTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(600, 0.1, 600)]
    [InlineData(-600, 0.1, -600)]
    [InlineData(86_400, 0.1, 86_400)]
    [InlineData(86_401, 0.1, 0)]
    [InlineData(-90_000, 0.1, 0)]
    [InlineData(1, 0.1, 0)]
    [InlineData(600, 5, 600)]
    [InlineData(600, 5.1, 0)]
    public void Of_ADateThatCanBeBelieved_IsTheProvidersTime(int dated, double elapsed, int skew)
    {
        using var response = new HttpResponseMessage();
        response.Headers.Date = Now.AddSeconds(dated);

        Assert.Equal(Now.AddSeconds(skew), ProviderTime.Of(response.Headers, Now, TimeSpan.FromSeconds(elapsed)));
    }

    [Fact]
    public void Of_NoDate_IsOurTime()
    {
        using var response = new HttpResponseMessage();

        Assert.Equal(Now, ProviderTime.Of(response.Headers, Now, TimeSpan.Zero));
    }

    [Theory]
    [InlineData(-1800, 30)]
    [InlineData(+1800, 30)]
    public void A_date_to_come_back_at_is_meant_by_the_clock_that_dated_the_answer(int skew, int wait)
    {
        using var response = new HttpResponseMessage();
        response.Headers.Date = Now.AddSeconds(skew);
        response.Headers.RetryAfter = new(Now.AddSeconds(skew + wait));

        var theirs = ProviderTime.Of(response.Headers, Now, TimeSpan.Zero);

        Assert.Equal(wait, RetryAfterHeader.Read(response.Headers, theirs)!.Value.TotalSeconds);
    }
}
