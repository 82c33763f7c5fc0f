using System.Text;

using Gateway.Configuration;
using Gateway.Configuration.Reading;
using Gateway.Model;

namespace Gateway.Tests.Configuration;

/// <summary>Reads configuration from a text as from a file.</summary>
internal static class Read
{
    /// <summary>A valid provider, for tests to change.</summary>
    public const string OAuth = """
        "Kind": "OAuth2", "Grant": "AuthorizationCode", "Origin": "https://api.example.com",
        "TokenEndpoint": "https://api.example.com/token",
        "ClientId": "id", "ClientSecret": "secret"
        """;

    public const string Secret = """
        "Kind": "Secret", "Origin": "https://api.example.com", "Inject": { "Headers": { "X-Key": "{key}" } }
        """;

    public static IConfigurationRoot Root(string json) =>
        new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json))).Build();

    public static IReadOnlyList<string> Errors(string json)
    {
        var errors = new ConfigurationErrors();
        _ = GatewayConfiguration.Parse(Root(json), errors);
        return errors.Lines;
    }

    /// <summary>The errors of one provider named <c>p</c>.</summary>
    public static IReadOnlyList<string> ProviderErrors(string members) => Errors($$"""{ "Providers": { "p": { {{members}} } } }""");

    /// <summary>The provider <c>p</c>, which has no errors.</summary>
    public static Provider Provider(string members)
    {
        var errors = new ConfigurationErrors();
        var configuration = GatewayConfiguration.Parse(Root($$"""{ "Providers": { "p": { {{members}} } } }"""), errors);
        Assert.Empty(errors.Lines);
        return Assert.Single(configuration.Providers);
    }
}
