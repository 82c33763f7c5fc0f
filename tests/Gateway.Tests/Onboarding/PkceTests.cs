using Gateway.Onboarding;
using Gateway.Onboarding.Consent;

namespace Gateway.Tests.Onboarding;

public sealed class PkceTests
{
    [Fact]
    public void The_challenge_matches_RFC_7636_appendix_B() =>
        Assert.Equal(
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", AuthorizationRequest.ChallengeOf("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));

    [Fact]
    public void A_verifier_has_the_length_and_characters_of_RFC_7636()
    {
        var verifier = RandomToken.Create();

        Assert.Matches("^[A-Za-z0-9_-]{43}$", verifier);
        Assert.NotEqual(verifier, RandomToken.Create());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("short")]
    [InlineData("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjX*")]
    [InlineData("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXkk")]
    public void A_value_that_cannot_have_been_issued_is_not_looked_up(string? token) => Assert.False(RandomToken.IsWellFormed(token));
}
