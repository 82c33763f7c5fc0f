using Gateway.Model;
using Gateway.Tokens.Cache;

namespace Gateway.Tests.Tokens.Cache;

public sealed class FreshnessTests
{
    private static readonly DateTimeOffset Born = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly OAuthClient Client = Some.Client("https://login.acme-books.example/token");

    [Theory]
    [InlineData(3600, 0.0, 3300)]
    [InlineData(3600, 1.0, 3360)]
    [InlineData(60, 0.0, 30)]
    [InlineData(5, 0.0, 2.5)]
    [InlineData(600, 0.0, 300)]
    public void RenewAt_IsBoundedByHalfOfTheLifetimeAndJittered(double lifetime, double jitter, double renewAfter) =>
        Assert.Equal(Born.AddSeconds(renewAfter), Freshness.Of(Token(lifetime), Client, jitter).RenewAt);

    [Theory]
    [InlineData(0, nameof(Freshness.State.Usable))]
    [InlineData(3299, nameof(Freshness.State.Usable))]
    [InlineData(3300, nameof(Freshness.State.RenewSoon))]
    [InlineData(3599, nameof(Freshness.State.RenewSoon))]
    [InlineData(3600, nameof(Freshness.State.MustRefresh))]
    public void At_EachStage(int age, string state) =>
        Assert.Equal(state, Freshness.Of(Token(3600), Client, 0).At(Born.AddSeconds(age)).ToString());

    [Fact]
    public void Rejected_MustRefresh() => Assert.Equal(
        Freshness.State.MustRefresh, Freshness.Of(Token(3600) with { RejectedGeneration = 1 }, Client, 0).At(Born));

    [Fact]
    public void NoToken_MustRefresh() => Assert.Equal(
        Freshness.State.MustRefresh, Freshness.Of(Token(3600) with { Token = null }, Client, 0).At(Born));

    [Fact]
    public void DeadGrant_ServesToTheEndWithoutRenewal() => Assert.Equal(
        new Freshness(DateTimeOffset.MaxValue, Born.AddHours(1)), Freshness.Of(Token(3600) with { DeadSince = Born }, Client, 0));

    [Fact]
    public void NoRefreshToken_ServesToTheEndWithoutRenewal() => Assert.Equal(
        DateTimeOffset.MaxValue, Freshness.Of(Token(3600) with { Grant = Grant.None }, Client, 0).RenewAt);

    [Fact]
    public void Backoff_PostponesTheRenewal()
    {
        var failed = Token(3600) with { LastFailure = new(RefreshOutcome.Transient, "http_503", Born, 3, Born.AddSeconds(3400)) };

        Assert.Equal(Born.AddSeconds(3400), Freshness.Of(failed, Client, 0).RenewAt);
    }

    [Fact]
    public void EndlessToken_IsUsableForEver() => Assert.Equal(
        Freshness.State.Usable,
        Freshness.Of(Token(1) with { Token = new(new("t"), DateTimeOffset.MaxValue) }, Client, 0).At(Born.AddYears(1000)));

    [Fact]
    public void Secret_IsUsableForEver() =>
        Assert.Equal(Freshness.State.Usable, Freshness.Of(Token(1) with { Token = null }, null, 0).At(Born.AddYears(1000)));

    private static Connection Token(double lifetime) => Some.Connection(Born) with
    {
        Token = new(new("t"), Born.AddSeconds(lifetime)),
        RefreshedAt = Born,
    };
}
