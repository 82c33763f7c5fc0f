using Gateway.Model;
using Gateway.Tests.Tokens;

namespace Gateway.Tests.Model;

public sealed class RenewalTermsTests
{
    private static readonly DateTimeOffset Born = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly OAuthClient Client = Some.Client("https://login.acme-books.example/token");

    private static readonly RenewalTerms Hour = new() { HasRefreshToken = true, RefreshedAt = Born, ExpiresAt = Born.AddHours(1) };

    [Theory]
    [InlineData(3600, 0.0, 3300)]
    [InlineData(3600, 1.0, 3360)]
    [InlineData(60, 0.0, 30)]
    [InlineData(5, 0.0, 2.5)]
    [InlineData(2, 0.0, 1)]
    public void Unasked_BeforeExpiryButNotBeforeHalfOfTheLifetime(double lifetime, double jitter, double due) =>
        Assert.Equal(Born.AddSeconds(due), (Hour with { ExpiresAt = Born.AddSeconds(lifetime) }).UnaskedAt(Client, jitter));

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    [InlineData(-1)]
    public void Unasked_TokensBornExpired_Never(double lifetime) =>
        Assert.Null((Hour with { ExpiresAt = Born.AddSeconds(lifetime) }).UnaskedAt(Client, 0));

    [Fact]
    public void Unasked_PutByAnOperatorAndExpired_AtOnce() =>
        Assert.True((Hour with { RefreshedAt = null, ExpiresAt = Born }).UnaskedAt(Client, 0) <= Born);

    [Fact]
    public void Unasked_NoTokenYet_AtOnce() =>
        Assert.Equal(DateTimeOffset.MinValue, (Hour with { RefreshedAt = null, ExpiresAt = null }).UnaskedAt(Client, 0));

    [Fact]
    public void Unasked_Rejected_WhenTheBackoffEnds() =>
        Assert.Equal(Born.AddSeconds(9), (Hour with { IsRejected = true, RetryAt = Born.AddSeconds(9) }).UnaskedAt(Client, 0));

    [Fact]
    public void Unasked_InBackoff_NotBeforeItsEnd() =>
        Assert.Equal(Born.AddSeconds(3400), (Hour with { RetryAt = Born.AddSeconds(3400) }).UnaskedAt(Client, 0));

    [Fact]
    public void Unasked_DeadGrant_Never() => Assert.Null((Hour with { IsDead = true }).UnaskedAt(Client, 0));

    [Fact]
    public void Unasked_NoRefreshToken_Never() => Assert.Null((Hour with { HasRefreshToken = false }).UnaskedAt(Client, 0));

    [Fact]
    public void Unasked_EndlessToken_Never() => Assert.Null((Hour with { ExpiresAt = DateTimeOffset.MaxValue }).UnaskedAt(Client, 0));

    [Fact]
    public void Unasked_NoSuchProvider_Never() => Assert.Null(Hour.UnaskedAt(null, 0));

    [Fact]
    public void Unasked_ClientCredentials_Never() =>
        Assert.Null(Hour.UnaskedAt(Some.Client("https://login.acme-books.example/token", OAuthGrant.ClientCredentials), 0));

    [Fact]
    public void Unasked_RefreshBeforeExpiryZero_WaitsForARequest() => Assert.Null(Hour.UnaskedAt(
        new()
        {
            Grant = OAuthGrant.AuthorizationCode,
            TokenEndpoint = Client.TokenEndpoint,
            ClientId = "c",
            ClientSecrets = [new("s")],
            RefreshBeforeExpiry = TimeSpan.Zero
        }, 0));
}
