using Gateway.Tokens.TokenEndpoint;

namespace Gateway.Tests.Tokens.TokenEndpoint;

public sealed class RetryAfterTests
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

        Assert.Equal(seconds, TokenFailureTable.ReadRetryAfter(response.Headers, Now)?.TotalSeconds);
    }

    /// <summary>A date thirty seconds from now by the gateway's clock, in an answer with its own Date header.</summary>
    [Theory]
    [InlineData(null, 30)]
    [InlineData(20, 10)]
    [InlineData(-600, 630)]
    [InlineData(-86_400, 3600)]
    public void Read_Date_IsByTheClockOfTheProvider(int? dated, int wait)
    {
        using var response = new HttpResponseMessage();
        response.Headers.Date = dated is { } seconds ? Now.AddSeconds(seconds) : null;
        response.Headers.RetryAfter = new(Now.AddSeconds(30));

        Assert.Equal(wait, TokenFailureTable.ReadRetryAfter(response.Headers, Now)?.TotalSeconds);
    }
}
