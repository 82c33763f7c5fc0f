using Gateway.Configuration;
using Gateway.Configuration.Reading;

namespace Gateway.Tests.Configuration;

public sealed class SecretsInErrorsTests
{
    /// <summary>Each key that may contain a secret, with an error of every rule.</summary>
    public static TheoryData<string> Files =>
    [
        """{ "Admin": { "Key": "canary canary" } }""",
        """{ "Admin": { "Key": ["canary"] } }""",
        """{ "Admin": { "Keyy": "canary" } }""",
        """{ "Admin": "canary" }""",
        """{ "Store": { "Redis": ["canary"] } }""",
        """{ "Store": { "Redsi": "host,password=canary" } }""",
        """{ "Store": { "EncryptionKeys": "canary" } }""",
        """{ "Store": { "EncryptionKeys": ["canary", "", { "a": "canary" }] } }""",
        """{ "Kestrel": { "Endpoints": { "Proxy": { "Url": "http://u:canary@x/", "Certificate": { "Password": "canary" } } } } }""",
        """{ "Connect": { "PublicUrl": "https://u:canary@x/" } }""",
        """{ "Providers": { "p": { "Kind": "OAuth2", "ClientSecret": ["canary"],"""
            + """ "ClientSecrets": "canary", "ClientSecet": "canary" } } }""",
        """{ "Providers": { "p": { "Kind": "Secret", "ClientSecret": "canary", "ClientSecrets": ["canary"] } } }""",
        """{ "Providers": { "p": { "Kind": "Secret", "Secrets": "canary" } } }""",
        """{ "Providers": { "p": { "Kind": "Secret", "Secrets": { "a": { "b": "canary" } }, "Fields": { "a": "x" } } } }""",
        """{ "Providers": { "p": { "Kind": "Secret", "Inject": { "Headers": { "A": "canary{", "B C": "canary" },"""
            + """ "Query": "canary", "Body": "canary" } } } }""",
        """{ "Providers": { "p": { "Kind": "Secret", "Inject": "canary" } } }""",
        """{ "Providers": { "p": { "Kind": "OAuth2", "Origin": "https://u:canary@x","""
            + """ "TokenEndpoint": "https://x/?client_secret=canary" } } }""",
        """{ "Providers": { "p": { "Kind": "OAuth2", "Origin": "user:canary@x", "TokenEndpoint": "https://x/#canary" } } }""",
        """{ "providers": { "P": { "KIND": "x", "clientSECRET": ["canary"] } } }""",
        """{ "Admin": { "Key": canary } }""",
        """{ "Admin": { "Key": "canary" """,
        """{ "Admin": { "Key": "canary", "Key": "canary" } }""",
        """["canary"]""",
    ];

    [Theory]
    [MemberData(nameof(Files))]
    public void No_error_shows_a_secret(string json)
    {
        using var directory = new TemporaryDirectory();
        var errors = new ConfigurationErrors();
        var sources = new ConfigurationSources(GatewayArguments.Parse(["--config", directory.Write("gateway.json", json)]));

        if (sources.Read(errors) is { } root)
        {
            _ = GatewayConfiguration.Parse(root, errors);
        }

        Assert.All(errors.Lines, static line => Assert.DoesNotContain("canary", line, StringComparison.OrdinalIgnoreCase));
        Assert.All(errors.Lines, static line => Assert.False(line.Contains('\n') || line.Contains('\r'), line));
    }

    [Fact]
    public void A_value_with_control_characters_stays_on_its_line()
    {
        var line = Assert.Single(Read.ProviderErrors($$"""{{Read.Secret}}, "Methods": ["GET\r\nforged: line"] """));

        Assert.Equal(
            "Providers:p:Methods:0: 'GET\uFFFD\uFFFDforged: line' is not a method that can be forwarded (RFC 9110 section 9.1, upper case)",
            line);
    }
}
