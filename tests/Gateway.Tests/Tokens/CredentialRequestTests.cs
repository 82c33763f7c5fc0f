using Gateway.Model;
using Gateway.Tokens;

namespace Gateway.Tests.Tokens;

/// <summary>The gateway's own calls carry the credential in the place that the provider configures: a header or the query.</summary>
public sealed class CredentialRequestTests
{
    [Theory]
    [InlineData("https://api.example.com/v2/", "/me", "https://api.example.com/v2/me?api%20key=s%26t&app=1")]
    [InlineData(
        "https://api.example.com", "connections/7?force=true", "https://api.example.com/connections/7?force=true&api%20key=s%26t&app=1")]
    public void Create_CredentialInTheQuery_IsAddedBelowTheOrigin(string origin, string path, string expected)
    {
        using var request = CredentialRequest.Create(HttpMethod.Delete, Credential(origin), path);

        Assert.Equal(expected, request.RequestUri!.AbsoluteUri);
    }

    [Fact]
    public void Create_CredentialInAHeader_TakesThePlaceOfADefault()
    {
        using var request = CredentialRequest.Create(HttpMethod.Get, Credential("https://api.example.com"), "/me");

        Assert.Equal("Bearer invented", Assert.Single(request.Headers.NonValidated["Authorization"]));
        Assert.Equal("application/vnd.example", Assert.Single(request.Headers.NonValidated["Accept"]));
    }

    private static Credential Credential(string origin) => new()
    {
        Connection = new("acme", "default"),
        Generation = 1,
        Origin = new Uri(origin),
        Headers = [new("Authorization", "Bearer invented"), new("Accept", "application/vnd.example")],
        Query = [new("api%20key", "s%26t"), new("app", "1")],
        SecretValues = [],
        Renewable = false,
        ExpiresAt = DateTimeOffset.MaxValue,
        Scopes = [],
    };
}
