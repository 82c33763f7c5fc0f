using System.Text;

using Gateway.Tokens.TokenEndpoint;

namespace Gateway.Tests.Tokens.TokenEndpoint;

public sealed class ServerMetadataTests
{
    private const string Address = "https://auth.example.com/realms/r/.well-known/openid-configuration";

    [Theory]
    [InlineData(Address, "https://auth.example.com/realms/r")]
    [InlineData("https://auth.example.com/.well-known/openid-configuration", "https://auth.example.com")]
    [InlineData("https://auth.example.com/.well-known/openid-configuration", "https://auth.example.com/")]
    [InlineData("https://auth.example.com/.well-known/oauth-authorization-server/realms/r", "https://auth.example.com/realms/r")]
    [InlineData("https://auth.example.com/realms/r/.well-known/oauth-authorization-server", "https://auth.example.com/realms/r")]
    public void A_document_at_its_issuers_address_is_read(string address, string issuer)
    {
        var metadata = Read(address, $$"""
            { "issuer": "{{issuer}}", "authorization_endpoint": "https://auth.example.com/a",
              "token_endpoint": "https://auth.example.com/t",
              "revocation_endpoint": "https://auth.example.com/r", "authorization_response_iss_parameter_supported": true, "other": [1] }
            """);

        Assert.Equal(
            new ServerMetadata(
                issuer, new("https://auth.example.com/a"), new("https://auth.example.com/t"), new("https://auth.example.com/r"),
                SendsIssuer: true),
            metadata);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{ "issuer": 1 }""")]
    [InlineData("""{ "issuer": "https://evil.example" }""")]
    [InlineData("""{ "issuer": "https://auth.example.com/realms/other" }""")]
    [InlineData("""{ "issuer": "https://auth.example.com/realms/R" }""")]
    [InlineData("""{ "issuer": "https://auth.example.com/realms/r", "token_endpoint": "http://auth.example.com/t" }""")]
    [InlineData("""{ "issuer": "https://auth.example.com/realms/r", "token_endpoint": "http://127.0.0.1/t" }""")]
    [InlineData("""{ "issuer": "https://auth.example.com/realms/r", "token_endpoint": "/t" }""")]
    [InlineData("""{ "issuer": "https://auth.example.com/realms/r", "token_endpoint": "https://user@auth.example.com/t" }""")]
    [InlineData("""{ "issuer": "https://auth.example.com/realms/r", "authorization_endpoint": "javascript:alert(1)" }""")]
    [InlineData("""{ "issuer": "https://auth.example.com/realms/r", "revocation_endpoint": "ftp://auth.example.com/r" }""")]
    public void A_malformed_document_is_ignored(string body) => Assert.Null(Read(Address, body));

    private static ServerMetadata? Read(string address, string body) => ServerMetadata.Read(Encoding.UTF8.GetBytes(body), new Uri(address));
}
