using Gateway.Tokens.TokenEndpoint;

namespace Gateway.Tests.Tokens.TokenEndpoint;

public sealed class RetryAfterHeaderTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("30", 30)]
    [InlineData("Tue, 01 Jan 2030 12:02:00 GMT", 120)]
    [InlineData("86400", 3600)]
    [InlineData("Wed, 02 Jan 2030 12:00:00 GMT", 3600)]
    [InlineData("0", null)]
    [InlineData("Tue, 01 Jan 2030 11:59:00 GMT", null)]
    [InlineData("-5", null)]
    [InlineData("soon", null)]
    [InlineData(null, null)]
    public void Read_EachForm(string? header, int? seconds)
    {
        using var response = new HttpResponseMessage();
        response.Headers.TryAddWithoutValidation("Retry-After", header is null ? [] : [header]);

        Assert.Equal(seconds, RetryAfterHeader.Read(response.Headers, Now, TimeSpan.Zero)?.TotalSeconds);
    }

    /// <summary>A date to come back at, thirty seconds from now by our clock, in an answer that has a date of its own.</summary>
    [Theory]
    [InlineData(null, 0.1, 30)]
    [InlineData(20, 0.1, 10)]
    [InlineData(-600, 0.1, 630)]
    [InlineData(20, 5, 10)]
    [InlineData(20, 5.1, 30)]
    [InlineData(1, 0.1, 30)]
    [InlineData(-86_400, 0.1, 3600)]
    [InlineData(-86_401, 0.1, 30)]
    public void Read_Date_IsMeantByAPlausibleClockOfTheProvider(int? dated, double elapsed, int wait)
    {
        using var response = new HttpResponseMessage();
        response.Headers.Date = dated is { } seconds ? Now.AddSeconds(seconds) : null;
        response.Headers.RetryAfter = new(Now.AddSeconds(30));

        Assert.Equal(wait, RetryAfterHeader.Read(response.Headers, Now, TimeSpan.FromSeconds(elapsed))?.TotalSeconds);
    }
}
