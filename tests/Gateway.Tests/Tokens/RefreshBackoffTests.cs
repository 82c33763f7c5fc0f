using Gateway.Tokens;

namespace Gateway.Tests.Tokens;

public sealed class RefreshBackoffTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(6, 32)]
    [InlineData(7, 60)]
    [InlineData(1_000_000, 60)]
    public void After_DoublesUpToAMinute(int attempts, double seconds) =>
        Assert.Equal(seconds, RefreshBackoff.After(attempts, null, jitter: 0.5).TotalSeconds, 3);

    [Theory]
    [InlineData(0.0, 0.8)]
    [InlineData(1.0, 1.2)]
    public void After_JittersByAFifth(double jitter, double seconds) =>
        Assert.Equal(seconds, RefreshBackoff.After(1, null, jitter).TotalSeconds, 3);

    [Theory]
    [InlineData(30, 30)]
    [InlineData(0.1, 1)]
    public void After_ObeysALongerRetryAfter(double retryAfter, double seconds) =>
        Assert.Equal(seconds, RefreshBackoff.After(1, TimeSpan.FromSeconds(retryAfter), jitter: 0.5).TotalSeconds, 3);
}
